internal import Diagnostics

/// A word of `cp`: a path on this machine, or `NAME:path`.
///
/// As with scp, a colon before any slash divides a name from a path; one that comes first does not.
enum CopyOperand: Equatable {
    case local(String)
    case remote(profile: String, path: String)

    /// - Throws: `usage.copy-name` where what stands before the colon is no profile's name.
    init(_ word: String) throws(Diagnostic) {
        let name = word.prefix { $0 != ":" && $0 != "/" }
        let rest = word.dropFirst(name.count)
        guard rest.first == ":", !name.isEmpty else {
            self = .local(word)
            return
        }
        guard Self.isProfileName(name) else {
            let remedy =
                name.contains("@")
                ? "write NAME:path; the user is auth.username of the profile"
                : "a name on this machine that has a colon is written ./\(word)"
            throw Diagnostic(
                "usage.copy-name", "'\(name)' in '\(word)' is no profile's name", remedy: remedy, exit: .usage
            )
        }
        self = .remote(profile: String(name), path: String(rest.dropFirst()))
    }

    private static func isProfileName(_ name: Substring) -> Bool {
        guard let first = name.unicodeScalars.first, name.utf8.count <= 63 else { return false }
        let letters: ClosedRange<Unicode.Scalar> = "a"..."z"
        let digits: ClosedRange<Unicode.Scalar> = "0"..."9"
        guard letters.contains(first) || digits.contains(first) else { return false }
        return name.unicodeScalars.allSatisfy {
            letters.contains($0) || digits.contains($0) || $0 == "." || $0 == "_" || $0 == "-"
        }
    }
}
