/// A launcher of the desktop, by the Desktop Entry Specification; it needs version 1.1 (`Keywords`).
package struct DesktopEntry: Hashable, Sendable {
    /// What menus show.
    package var title: String
    package var comment: String
    /// The program and its arguments.
    package var command: [String]
    /// The folder that the program is started in.
    package var workingFolder: String?
    /// Whether the program is started in a terminal window.
    package var needsTerminal: Bool
    package var icon: String
    /// The class of the client's window, by which a desktop's shell takes it for this launcher's.
    package var windowClass: String?
    /// The profile's name; the key that says so marks the file as ours.
    package var profile: String

    package init(
        title: String, comment: String, command: [String], workingFolder: String? = nil, needsTerminal: Bool,
        icon: String, windowClass: String? = nil, profile: String
    ) {
        self.title = title
        self.comment = comment
        self.command = command
        self.workingFolder = workingFolder
        self.needsTerminal = needsTerminal
        self.icon = icon
        self.windowClass = windowClass
        self.profile = profile
    }

    private static let marker = "X-bastion-up-profile"

    package var text: String {
        var lines = [
            "[Desktop Entry]", "Type=Application", "Version=1.1", "Name=\(Self.escaped(title))",
            "Comment=\(Self.escaped(comment))", "Exec=\(Self.execution(command))",
            "Terminal=\(needsTerminal)", "Icon=\(Self.escaped(icon))", "Categories=Network;RemoteAccess;",
            "Keywords=Azure;Bastion;\(Self.escaped(profile));", "StartupNotify=false",
        ]
        if let windowClass { lines.append("StartupWMClass=\(Self.escaped(windowClass))") }
        if let workingFolder { lines.append("Path=\(Self.escaped(workingFolder))") }
        lines.append("\(Self.marker)=\(Self.escaped(profile))")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The profile of a launcher that we wrote; nil for any other text.
    package static func profile(markedIn text: String) -> String? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(marker)=") }
        return line.map { String($0.dropFirst(marker.count + 1)) }
    }

    /// Whether a program can stand in a launcher at all: the specification forbids `=` in its path.
    package static func canStart(_ program: String) -> Bool {
        !program.contains("=") && program.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// A value of type string (section "Possible value types").
    private static func escaped(_ text: String) -> String {
        var result = ""
        for (index, scalar) in text.unicodeScalars.enumerated() {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case " " where index == 0: result += "\\s"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The value of `Exec`: each argument quoted (section "The Exec key"), then the whole escaped as a string.
    private static func execution(_ words: [String]) -> String {
        escaped(words.map(argument).joined(separator: " "))
    }

    private static func argument(_ word: String) -> String {
        let isSimple =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0x3A, 0x40, 0x5F:
                    true
                default: byte >= 0x80
                }
            }
        if isSimple { return word }
        var result = "\""
        for scalar in word.unicodeScalars {
            if ["\"", "`", "$", "\\"].contains(scalar) { result += "\\" }
            // A field code otherwise.
            if scalar == "%" { result += "%" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
