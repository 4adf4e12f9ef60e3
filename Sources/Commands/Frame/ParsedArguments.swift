/// A command line after parsing: words and flags, sorted out and counted, not yet understood.
package struct ParsedArguments: Hashable, Sendable {
    package var command: String
    /// The words that are no flags.
    package var words: [String] = []
    /// What stood behind `--`; nil without one.
    package var rest: [String]?
    package var flags: [String: [String]] = [:]
    package var global = GlobalOptions()
    /// The command was not written: `connect`, where the first word is a profile's name or a mistyped command, or
    /// `list`, where there is no word at all.
    package var isImplicit = false

    package init(command: String) { self.command = command }

    package func has(_ flag: String) -> Bool { flags[flag] != nil }
    package func value(_ flag: String) -> String? { flags[flag]?.last }
    package func values(_ flag: String) -> [String] { flags[flag] ?? [] }
}

/// The flags that every command takes.
package struct GlobalOptions: Hashable, Sendable {
    package enum Verbosity: Int, Comparable, Sendable {
        case quiet, normal, verbose, trace

        package static func < (left: Verbosity, right: Verbosity) -> Bool { left.rawValue < right.rawValue }
    }

    /// `--profiles`, in the order given.
    package var profiles: [String] = []
    /// `text` or what else the command offers.
    package var output = "text"
    package var verbosity = Verbosity.normal
    package var hasNoColor = false
    package var hasNoInput = false

    package init() {}

    static let flags = [
        FlagSpecification(
            "--profiles", .many("PATH"), "take profiles from this file or folder, before all others"),
        FlagSpecification("--output", .one("FORMAT"), "text or json"),
        FlagSpecification("-q", .none, "say only what went wrong"),
        FlagSpecification("-v", .none, "say more; -vv traces every step, without secrets"),
        FlagSpecification("--no-color", .none, "no colours (NO_COLOR does the same)"),
        FlagSpecification("--no-input", .none, "never ask; fail instead"),
    ]
}
