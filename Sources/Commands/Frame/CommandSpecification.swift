package import Diagnostics

/// A flag: how it is written, and what help says of it.
package struct FlagSpecification: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case none
        /// Takes a value, shown by this word.
        case one(String)
        /// May take a value: behind `=`, or as the next word where the command has enough words without it.
        case optional(String)
        /// May be given several times.
        case many(String)
    }

    /// With its dashes: `--port`, `-t`.
    package var name: String
    package var value: Value
    package var help: String
    /// Understood but left out of help: what is refused with an explanation of its own.
    package var isHidden = false

    package init(_ name: String, _ value: Value = .none, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
    }

    static func hidden(_ name: String, _ value: Value = .none) -> FlagSpecification {
        var flag = FlagSpecification(name, value, "")
        flag.isHidden = true
        return flag
    }
}

/// A command: one entry of the table that parser and help are made from.
package struct CommandSpecification: Sendable {
    package enum Topic: String, CaseIterable, Sendable {
        case connect = "Connect"
        case files = "Files"
        case profiles = "Profiles"
        case azure = "Sign-in and secrets"
        case other = "Other"
    }

    package var name: String
    package var topic: Topic
    /// One line.
    package var summary: String
    /// The words behind the name, as help shows them: `NAME [-- COMMAND…]`.
    package var usage: String
    /// How many words may stand behind the name.
    package var words: ClosedRange<Int>
    /// Whether what stands behind `--` is kept for the client.
    package var passesRest: Bool
    package var flags: [FlagSpecification]
    /// Lines of examples, without indent.
    package var examples: [String]
    package var isHidden: Bool
    package var make: @Sendable (ParsedArguments) throws(Diagnostic) -> any Command

    package init(
        _ name: String, _ topic: Topic, _ summary: String, usage: String = "",
        words: ClosedRange<Int> = 0...0,
        passesRest: Bool = false, flags: [FlagSpecification] = [], examples: [String] = [],
        isHidden: Bool = false,
        make: @escaping @Sendable (ParsedArguments) throws(Diagnostic) -> any Command
    ) {
        self.name = name
        self.topic = topic
        self.summary = summary
        self.usage = usage
        self.words = words
        self.passesRest = passesRest
        self.flags = flags
        self.examples = examples
        self.isHidden = isHidden
        self.make = make
    }
}

/// Something that the program does.
package protocol Command: Sendable {
    /// - Throws: all that went wrong, in words.
    func run(in context: CommandContext) async throws(Problems) -> ExitStatus
}
