/// The commands that tell other programs of the profiles.
extension CommandTable {
    static let sshCommands = [
        CommandSpecification(
            "ssh-config", .connect,
            "Print a Host block of ssh_config(5) for each ssh profile, so that ssh, scp, sftp, rsync, git, Ansible "
                + "and VS Code reach them by their names. Run it again when profiles have changed. "
                + "ssh asks for passwords by itself; with SSH_ASKPASS=…/bastion-up-askpass and "
                + "SSH_ASKPASS_REQUIRE=force it gets those that the keyring has.",
            usage: "[NAME…]", words: 0...10_000,
            flags: [
                FlagSpecification(
                    "--install", .none,
                    "keep them in a file of bastion-up's own, and include that first in ~/.ssh/config"),
                FlagSpecification("--uninstall", .none, "take both away again"),
                FlagSpecification("--ssh-config", .one("FILE"), "in place of ~/.ssh/config"),
            ],
            examples: [
                "bastion-up ssh-config --install && ssh dev-linux",
                "bastion-up ssh-config dev-linux > hosts.conf && ssh -F hosts.conf dev-linux",
            ],
            make: SSHConfigCommand.init),
        CommandSpecification(
            "inventory", .connect,
            "Print the ssh profiles as a dynamic inventory for Ansible, in groups by tag. A link to bastion-up named "
                + "bastion-up-inventory does so when Ansible runs it.",
            flags: [
                FlagSpecification("--list", .none, "all hosts (the default)"),
                FlagSpecification("--host", .one("H"), "the variables of one host"),
            ],
            examples: ["ansible -i \"$(command -v bastion-up-inventory)\" dev -m ping"],
            make: InventoryCommand.init),
    ]
}
