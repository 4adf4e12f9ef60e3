import Drafts
import Testing

@Suite struct DesktopEntryTests {
    private func entry(_ command: [String], title: String = "dev") -> DesktopEntry {
        DesktopEntry(
            title: title, comment: "c", command: command, workingFolder: nil, needsTerminal: true, icon: "i",
            windowClass: "bastion-up-dev", profile: "dev")
    }

    private func value(_ key: String, _ text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("\(key)=") }.map {
            String($0.dropFirst(key.count + 1))
        }
    }

    /// From the examples and rules of "The Exec key": quote, then escape as a string.
    @Test(arguments: [
        (["/usr/bin/x", "connect", "dev"], "/usr/bin/x connect dev"),
        (["/opt/my tools/x"], "\"/opt/my tools/x\""),
        (["x", "100%"], "x \"100%%\""),
        (["x", "a\"b"], #"x "a\\"b""#),
        (["x", #"a\b"#], #"x "a\\\\b""#),
        (["x", "$HOME"], #"x "\\$HOME""#),
        (["x", "a`b"], #"x "a\\`b""#),
        (["x", "", "~", "a;b", "a'b", "#a", "a*?"], ##"x "" "~" "a;b" "a'b" "#a" "a*?""##),
        (["x", "ünï"], "x ünï"),
    ])
    func `arguments are quoted as the specification says`(_ command: [String], _ text: String) {
        #expect(value("Exec", entry(command).text) == text)
        #expect(Self.arguments(of: text) == command)
    }

    /// Reads the value of Exec as a desktop does: string escapes, then quotes, then field codes.
    private static func arguments(of value: String) -> [String] {
        var plain = ""
        var rest = Array(value)[...]
        while let character = rest.popFirst() {
            guard character == "\\", let next = rest.popFirst() else { plain.append(character); continue }
            plain += ["\\": "\\", "s": " ", "n": "\n", "t": "\t", "r": "\r"][next] ?? "\\\(next)"
        }
        var words: [String] = []
        var word: String?
        var isQuoted = false
        var scan = Array(plain)[...]
        while let character = scan.popFirst() {
            switch character {
            case "\"": isQuoted.toggle(); word = word ?? ""
            case "\\" where isQuoted: word = (word ?? "") + (scan.popFirst().map(String.init) ?? "")
            case " " where !isQuoted:
                if let done = word { words.append(done) }
                word = nil
            case "%": word = (word ?? "") + (scan.popFirst() == "%" ? "%" : "<code>")
            default: word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    @Test func `texts are escaped as strings`() {
        #expect(value("Name", entry(["x"], title: " a\\b\nc\td").text) == #"\sa\\b\nc\td"#)
    }

    @Test func `the window of the client belongs to the launcher`() {
        #expect(value("StartupWMClass", entry(["x"]).text) == "bastion-up-dev")
    }

    @Test func `our mark is found again, and no other file has it`() {
        #expect(DesktopEntry.profile(markedIn: entry(["x"]).text) == "dev")
        #expect(DesktopEntry.profile(markedIn: "[Desktop Entry]\nName=dev\n") == nil)
    }

    @Test(arguments: ["/a=b/x", "/a\nb"])
    func `a program whose path cannot be written is none`(_ path: String) {
        #expect(!DesktopEntry.canStart(path))
        #expect(DesktopEntry.canStart("/usr/local/bin/bastion-up"))
    }
}
