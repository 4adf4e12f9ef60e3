internal import Diagnostics

extension CommandTable {
    /// Files to and from targets.
    static let fileCommands = [
        CommandSpecification(
            "cp", .files, "Copy files to or from a profile's target, by scp or rsync.",
            usage: "SRC… DST", words: 0...4096, passesRest: true,
            flags: [
                FlagSpecification("-r", .none, "copy folders with all that is in them"),
                FlagSpecification("-p", .none, "keep times and permissions"),
                FlagSpecification(
                    "--rsync", .none,
                    "by rsync: goes on where it was cut off, and is launched again as 'reconnect' says; keeps folders, links, times and permissions"
                ),
                planFlag,
            ],
            examples: [
                "bastion-up cp report.pdf dev-linux:", "bastion-up cp -r 'dev-linux:/var/log/*.log' logs/",
                "bastion-up cp ./a:b win-dev:C:/Users/dev/", "bastion-up cp -- -odd-name dev-linux:",
            ],
            make: CopyCommand.init),
        CommandSpecification(
            "sftp", .files, "Open sftp at a profile's target; what stands behind '--' are options of sftp.",
            usage: "NAME[:PATH] [-- OPTION…]", words: 1...1, passesRest: true, flags: [planFlag],
            examples: ["bastion-up sftp dev-linux", "bastion-up sftp dev-linux -- -b batch.txt"],
            make: SFTPCommand.init),
    ]

    private static let planFlag = FlagSpecification(
        "--plan", .none, "show what would happen, as 'plan' does; nothing is done")
}
