internal import Diagnostics

/// The commands about profile files.
extension CommandTable {
    static let profileCommands = [
        CommandSpecification(
            "list", .profiles, "Show every profile, in one table.",
            examples: ["bastion-up list --output json"],
            make: { (arguments) throws(Diagnostic) -> any Command in
                // No word at all: on a terminal one is picked.
                if arguments.isImplicit { return try PickCommand(arguments) }
                return try ListCommand(arguments)
            }),
        CommandSpecification(
            "show", .profiles, "Show what a profile comes to, and the file and line of each value.",
            usage: "NAME", words: 1...1, make: ShowCommand.init),
        CommandSpecification(
            "validate", .profiles, "Check every profile file, and the given ones on top of them.",
            usage: "[FILE…]", words: 0...10_000,
            flags: [FlagSpecification("--isolated", .none, "check the given files alone")],
            examples: ["bastion-up validate", "bastion-up validate --isolated team.yaml"],
            make: ValidateCommand.init),
        CommandSpecification(
            "trust", .profiles,
            "Show what a file of other people asks for, and allow it; without FILE, show what is allowed.",
            usage: "[FILE]", words: 0...1,
            flags: [FlagSpecification("--yes", .none, "allow it without asking")],
            examples: ["bastion-up trust .bastion-up/team.yaml"], make: TrustCommand.init),
        CommandSpecification(
            "untrust", .profiles, "Take back what a file was allowed.", usage: "FILE", words: 1...1,
            make: UntrustCommand.init),
        CommandSpecification(
            "known-hosts", .profiles,
            "Show or forget the host keys or the certificate pinned for a profile's target.",
            usage: "show|forget NAME", words: 2...2,
            flags: [FlagSpecification("--yes", .none, "forget without asking")],
            examples: ["bastion-up known-hosts forget dev-linux"], make: KnownHostsCommand.init),
    ]
}
