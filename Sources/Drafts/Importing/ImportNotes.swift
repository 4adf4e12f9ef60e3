internal import Diagnostics

/// What could not be carried over, as warnings with their lines. The text of a line is never shown: it may hold a
/// secret.
struct ImportNotes {
    let file: String
    private(set) var warnings: [Diagnostic] = []
    private var leftOut = 0

    private static let limit = 100

    init(file: String) { self.file = file }

    mutating func warn(_ code: String, _ message: String, remedy: String = "", line: Int) {
        guard warnings.count < Self.limit else {
            leftOut += 1
            return
        }
        let place = SourceLocation(file: file, line: line, column: 1)
        warnings.append(.warning(code, message, remedy: remedy, at: place))
    }

    /// A setting that profiles have nothing like, or that they must not have.
    mutating func leaveOut(_ what: String, because reason: String = "", remedy: String = "", line: Int) {
        let reason = reason.isEmpty ? "" : ": \(reason)"
        warn("import.left-out", "left out \(what)\(reason)", remedy: remedy, line: line)
    }

    /// A password, passphrase or token. What it is stays unsaid.
    /// - Parameter remedy: nil says how to keep it in the keyring.
    mutating func leaveOutSecret(_ key: String, profile: String, isKey: Bool = false, line: Int) {
        let way =
            isKey
            ? "ssh asks for it, or your ssh agent holds the key"
            : "'bastion-up secret set \(profile)' keeps it in the keyring"
        warn("import.secret", "left out '\(key)', which is a secret", remedy: way, line: line)
    }

    /// All warnings in the order of the lines.
    var all: [Diagnostic] {
        let sorted = warnings.enumerated().sorted { one, other in
            let lines = (one.element.location?.line ?? 0, other.element.location?.line ?? 0)
            return lines.0 == lines.1 ? one.offset < other.offset : lines.0 < lines.1
        }.map(\.element)
        guard leftOut > 0 else { return sorted }
        return sorted + [
            .warning(
                "import.more-warnings", "\(leftOut) more warnings are not shown",
                remedy: "import a smaller file to see them")
        ]
    }
}
