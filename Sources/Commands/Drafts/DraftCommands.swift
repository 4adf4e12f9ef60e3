/// The commands that make files: profiles of foreign text or of answers, and files for other programs.
extension CommandTable {
    static let draftCommands = [
        CommandSpecification(
            "init", .profiles,
            "Write a first profile file, asking what it needs. Every answer can also be given as a flag.",
            flags: [
                FlagSpecification(
                    "--host", .one("H"),
                    "the bastion host: a resource ID, a name of yours, or its name in Azure"),
                FlagSpecification(
                    "--resource-group", .one("G"), "the bastion host's, if it is given by its name"),
                FlagSpecification(
                    "--subscription", .one("S"), "the bastion host's, if it is given by its name"),
                FlagSpecification("--tenant", .one("T"), "the tenant (default: that of the sign-in)"),
                FlagSpecification("--target", .one("VM"), "the VM: a resource ID, a name or an IP address"),
                FlagSpecification(
                    "--target-resource-group", .one("G"), "the VM's, if it is given by its name"),
                FlagSpecification("--client", .one("C"), "ssh or xfreerdp"),
                FlagSpecification(
                    "--auth", .one("A"), "keys (your own ssh keys), ssh-key (one file), password or aad"),
                FlagSpecification("--key", .one("FILE"), "the private key, with --auth ssh-key"),
                FlagSpecification("--username", .one("U"), "the user on the VM"),
                FlagSpecification("--name", .one("N"), "the name of the profile"),
                FlagSpecification(
                    "--write", .one("FILE"), "the file (default: NAME.yaml in your profile folder)"),
            ],
            examples: [
                "bastion-up init",
                "bastion-up init --no-input --host ID --target ID --username azureuser",
            ],
            make: InitCommand.init),
        CommandSpecification(
            "import", .profiles,
            "Make profiles of an 'az network bastion' command line, a .rdp or .remmina file or an ssh config, "
                + "and print them.",
            usage: "FILE|-", words: 1...1,
            flags: [
                FlagSpecification("--name", .one("N"), "the name of the profile"),
                FlagSpecification(
                    "--host", .one("H"), "the bastion host: a name of yours or a resource ID"),
                FlagSpecification(
                    "--format", .one("F"), "az, rdp, remmina or ssh-config (default: found out)"),
                FlagSpecification(
                    "--write", .optional("FILE"),
                    "write a new file in place of printing (default: one in your profile folder)"),
            ],
            examples: [
                "bastion-up import ~/Downloads/win-dev.rdp --host hub --write",
                "bastion-up import - --name dev <<< 'az network bastion ssh …'",
            ],
            make: ImportCommand.init),
        CommandSpecification(
            "rdp-file", .other,
            "Print an .rdp file for another remote desktop client, over the local port of a tunnel.",
            usage: "NAME", words: 1...1,
            flags: [
                FlagSpecification("--tunnel", .none, "for a local port that 'bastion-up tunnel' opens"),
                FlagSpecification("--port", .one("L"), "the local port (default: that of 'ports')"),
                FlagSpecification("--write", .one("FILE"), "write a new file in place of printing"),
            ],
            examples: ["bastion-up rdp-file win-dev --tunnel --port 13389 --write win-dev.rdp"],
            make: RDPFileCommand.init),
        CommandSpecification(
            "desktop", .other,
            "Install or remove a launcher in the desktop's menu that connects to a profile.",
            usage: "install NAME", words: 2...2,
            flags: [
                FlagSpecification("--name", .one("TITLE"), "what the menu shows"),
                FlagSpecification("--uninstall", .none, "remove the launcher"),
            ],
            examples: ["bastion-up desktop install win-dev --name 'Windows build machine'"],
            make: DesktopCommand.init),
    ]
}
