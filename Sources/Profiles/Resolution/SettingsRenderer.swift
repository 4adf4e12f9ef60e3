internal import Diagnostics

extension ResolvedSettings {
    /// The settings as YAML that is a valid profile file, each value with a comment that says where it stands.
    package var yaml: String {
        var renderer = SettingsRenderer()
        renderer.write(top, indentation: 0)
        return renderer.text
    }
}

/// Writes settings as YAML in block style.
struct SettingsRenderer {
    private(set) var text = ""

    mutating func write(_ map: SettingMap, indentation: Int) {
        for entry in map.entries {
            text += String(repeating: " ", count: indentation) + Self.scalar(entry.key, isPlain: true) + ":"
            write(entry.setting, indentation: indentation)
        }
    }

    /// Writes what stands after a key's colon.
    private mutating func write(_ setting: Setting, indentation: Int) {
        switch setting.value {
        case .null:
            text += " null" + Self.comment(setting) + "\n"
        case .text(let value, let isPlain):
            text += " " + Self.scalar(value, isPlain: isPlain) + Self.comment(setting) + "\n"
        case .list(let items) where items.isEmpty:
            text += " []" + Self.comment(setting) + "\n"
        case .map(let map) where map.isEmpty:
            text += " {}" + Self.comment(setting) + "\n"
        case .list(let items):
            text += "\n"
            for item in items {
                text += String(repeating: " ", count: indentation + 2) + "-"
                if let map = item.map, !map.isEmpty {
                    text += "\n"
                    write(map, indentation: indentation + 4)
                } else {
                    write(item, indentation: indentation + 2)
                }
            }
        case .map(let map):
            text += "\n"
            write(map, indentation: indentation + 2)
        }
    }

    private static func comment(_ setting: Setting) -> String {
        guard let place = setting.location else { return "  # default" }
        return "  # \(place.file.printable):\(place.line)"
    }

    /// The text so that every YAML reader reads it as the same value.
    static func scalar(_ text: String, isPlain: Bool) -> String {
        if isPlain, isSafe(text) { return text }
        if !isPlain, isSafe(text), PlainText.coreType(text) == .text, PlainText.oldBoolean(text) == nil,
            !PlainText.looksLikeNumber(text), !["null", "Null", "NULL"].contains(text)
        {
            return text
        }
        return QuotedText.of(text) { String($0).printable == String($0) }
    }

    /// Whether the text can stand without quotes: letters, digits and marks that mean nothing to YAML.
    private static func isSafe(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first,
            first.properties.isAlphabetic || isDigit(first) || first == "/"
        else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || isDigit(scalar) || "/._-@+=".unicodeScalars.contains(scalar)
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { (0x30...0x39).contains(scalar.value) }
}
