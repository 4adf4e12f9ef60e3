/// The commands about ssh keys. Neither is for people to type: ssh's configuration and `agent` itself run them.
extension CommandTable {
    static let keyCommands = [
        CommandSpecification(
            "agent", .other,
            "Make sure that an agent holds the profile's key, for plain ssh ('Match … exec').",
            usage: "NAME", words: 1...1,
            flags: [
                FlagSpecification("--lifetime", .one("TIME"), "of the key in the agent (default: 8h)"),
                FlagSpecification("--stop", .none, "end the agent"),
            ],
            isHidden: true, make: AgentCommand.init),
        CommandSpecification(
            HoldAgentCommand.name, .other, "Own an agent until its time is over.", usage: "FOLDER SECONDS",
            words: 2...2, isHidden: true, make: HoldAgentCommand.init),
    ]
}
