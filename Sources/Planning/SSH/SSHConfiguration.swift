import Diagnostics

/// A file for ssh_config(5): one `Host` block a profile, so that ssh and all that runs it know the profiles by name.
package struct SSHConfiguration: Hashable, Sendable {
    package enum Item: Hashable, Sendable {
        case block(SSHHostEntry)
        /// A profile without a block, and why.
        case leftOut(name: String, reason: String)
    }

    package var items: [Item]

    package init(_ items: [Item]) { self.items = items }

    package var entries: [SSHHostEntry] {
        items.compactMap { if case .block(let entry) = $0 { entry } else { nil } }
    }

    /// Leaves out as well what jumps through a profile that is left out: ssh would take its name for that of a host.
    package func withoutLostJumps() -> SSHConfiguration {
        var configuration = self
        while true {
            let names = Set(configuration.entries.map(\.name))
            let lost = configuration.entries.first { entry in entry.jump.map { !names.contains($0) } ?? false
            }
            guard let lost, let jump = lost.jump else { return configuration }
            configuration.items = configuration.items.map { item in
                guard item == .block(lost) else { return item }
                return .leftOut(name: lost.name, reason: "it jumps through '\(jump)', which is left out")
            }
        }
    }

    package var text: String {
        ([Self.heading] + items.map(Self.text)).joined(separator: "\n")
    }

    private static let heading = """
        # Made by bastion-up from its profiles: changes here are lost. When profiles have changed, run again:
        #     bastion-up ssh-config --install

        """

    private static func text(_ item: Item) -> String {
        switch item {
        case .leftOut(let name, let reason): return "# \(name) is left out: \(comment(reason))\n"
        case .block(let entry):
            let title = entry.description.map { ["# \(entry.name): \(comment($0))"] } ?? []
            let lines = title + ["Host \(entry.name)"] + lines(entry).map { "    \($0)" }
            return (lines + preparation(entry)).joined(separator: "\n") + "\n"
        }
    }

    /// Run for this host alone: a criterion that fails keeps ssh from looking at the next.
    private static func preparation(_ entry: SSHHostEntry) -> [String] {
        entry.preparation.map { ["Match originalhost \(entry.name) exec \"\($0)\""] } ?? []
    }

    private static func lines(_ entry: SSHHostEntry) -> [String] {
        let user = entry.user.map { ["User \(word($0))"] } ?? []
        return ["Port \(entry.port)"] + user + (entry.options + entry.extras).map(\.line)
            + entry.remarks.map { "# \(comment($0))" }
    }

    /// One line, safe for a terminal.
    private static func comment(_ text: String) -> String {
        (text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "").printable
    }

    /// One argument: as it is where that is literal in every release, else in double quotes.
    static func word(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isPlain =
            scalars.first.map { $0 != "#" } == true
            && !scalars.contains { [" ", "\t", "\"", "'"].contains($0) }
        guard !isPlain else { return text }
        return Quoting.inDoubleQuotes(text)
    }
}

extension SSHOption {
    /// As a line of a configuration file. Only for values without holes.
    var line: String { "\(name) \(value.shown)" }
}
