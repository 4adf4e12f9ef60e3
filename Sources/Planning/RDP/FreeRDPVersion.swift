/// A release of FreeRDP: command line and abilities go by it.
package struct FreeRDPVersion: Hashable, Comparable, Sendable {
    package var major: Int
    package var minor: Int

    package init(major: Int, minor: Int) { (self.major, self.minor) = (major, minor) }

    /// Reads what a client prints for `--version`: `This is FreeRDP version 2.11.7 (2.11.7)`. The first number with
    /// a dot that follows the word `version` counts; nil where there is none.
    package init?(_ text: String) {
        guard let line = text.split(whereSeparator: \.isNewline).first(where: Self.namesVersion) else {
            return nil
        }
        let words = line.split { $0 == " " || $0 == "\t" || $0 == "(" || $0 == ")" }
        for word in words {
            let numbers = word.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard numbers.count >= 2, let major = Int(numbers[0]), (0..<100).contains(major),
                let minor = Int(numbers[1].prefix { ("0"..."9").contains($0) })
            else { continue }
            self.init(major: major, minor: minor)
            return
        }
        return nil
    }

    /// As a client prints it.
    package var text: String { "FreeRDP version \(major).\(minor)" }

    private static func namesVersion(_ line: Substring) -> Bool {
        let lower = line.lowercased()
        return lower.split(separator: " ").contains("version") && lower.contains("freerdp")
    }

    package static func < (left: FreeRDPVersion, right: FreeRDPVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

/// What a release of FreeRDP can be asked for.
package struct FreeRDPCapabilities: Hashable, Sendable {
    /// Arguments on a pipe (`/args-from:fd:N`), so that a password stands in no argv and standard input stays free.
    package var hasArgumentList: Bool
    /// Signing in to the target with Entra ID (`/sec:aad`).
    package var hasEntra: Bool
    /// Options with parts (`/sec:rdp:off`, `/kbd:layout:`) in place of one option each (`-sec-rdp`, `/kbd:`).
    package var hasPartedOptions: Bool

    package init(_ version: FreeRDPVersion) {
        let isThree = version >= FreeRDPVersion(major: 3, minor: 0)
        (hasArgumentList, hasEntra, hasPartedOptions) = (isThree, isThree, isThree)
    }
}
