internal import Diagnostics

/// Every command and every flag, once: the parser and the help are made from this.
package enum CommandTable {
    package static let commands: [CommandSpecification] =
        connecting + sshCommands + fileCommands + profileCommands + draftCommands + signInCommands
        + keyCommands
        + demoCommands + others

    /// Names that a profile cannot be reached by without `connect`.
    package static let names = Set(commands.map(\.name))

    static let connecting = [
        CommandSpecification(
            "connect", .connect, "Open the profile's tunnels, launch its client, wait, and clean up.",
            usage: "NAME [-- COMMAND…]", words: 1...1, passesRest: true,
            flags: [
                FlagSpecification("-t", .none, "ask for a terminal, for a remote command that needs one")
            ],
            examples: ["bastion-up dev-linux", "bastion-up dev-linux -- uname -a"],
            make: ConnectCommand.init),
        CommandSpecification(
            "tunnel", .connect, "Open tunnels alone, in the foreground, and print the chosen ports.",
            usage: "NAME", words: 1...1,
            flags: [
                FlagSpecification(
                    "--port", .many("[A:]L:R"),
                    "carry local port L (0: any free one) to port R, instead of 'ports'")
            ],
            examples: ["bastion-up tunnel dev-linux --port 8080:80"], make: TunnelCommand.init),
        CommandSpecification(
            "proxy", .connect, "Carry standard input and output through a tunnel, for ssh's ProxyCommand.",
            usage: "NAME [PORT]", words: 1...2,
            examples: ["ssh -o ProxyCommand='bastion-up proxy dev-linux' dev-linux"], make: ProxyCommand.init),
        CommandSpecification(
            "plan", .connect, "Show what would happen, in order; nothing is done.",
            usage: "NAME [-- COMMAND…]",
            words: 1...1, passesRest: true, flags: [FlagSpecification("-t", .none, "as with connect")],
            make: PlanCommand.init),
    ]

    static let others = [
        CommandSpecification(
            "help", .other, "Show this, or how a command is used.", usage: "[COMMAND]", words: 0...2,
            make: HelpCommand.init),
        CommandSpecification(
            "pass-descriptor", .other, "Hand a connected socket to ssh.", usage: "SOCKET", words: 1...1,
            isHidden: true, make: PassDescriptorCommand.init),
    ]
}
