/// Colours for text on a terminal; off, it gives text back as it is.
package struct Style: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable {
        case error = "1;31"
        case warning = "1;33"
        case success = "32"
        case heading = "1"
        case dim = "2"
        case accent = "36"
    }

    package let isOn: Bool

    package init(isOn: Bool) { self.isOn = isOn }

    /// Colours are on where the output is a terminal that can show them, and nobody said no: not the flag, not
    /// `NO_COLOR` with any text in it (no-color.org), not `TERM=dumb`.
    package init(isTerminal: Bool, environment: [String: String], noColorFlag: Bool = false) {
        let refused = noColorFlag || !(environment["NO_COLOR"] ?? "").isEmpty
        let isDumb = ["", "dumb"].contains(environment["TERM"] ?? "")
        isOn = isTerminal && !refused && !isDumb
    }

    package func paint(_ text: String, _ role: Role) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m" : text
    }
}
