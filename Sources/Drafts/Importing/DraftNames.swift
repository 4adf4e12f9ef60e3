internal import Profiles

/// Gives drafts their names: from foreign text, each name once, none that is taken.
package struct DraftNames {
    /// The name that the user asked for, for the only draft.
    let wanted: String?
    private var taken: Set<String>

    init(wanted: String?, taken: Set<String>) { (self.wanted, self.taken) = (wanted, taken) }

    /// - Parameter suffix: tells a second draft of the same text apart, where it is free: `rdp`.
    mutating func take(_ text: String, suffix: String) -> String {
        let base = wanted ?? Self.name(from: text)
        var name = base
        if wanted == nil, taken.contains(name) { name = Self.joined(base, suffix) }
        var number = 2
        while wanted == nil, taken.contains(name) {
            name = Self.joined(base, String(number))
            number += 1
        }
        taken.insert(name)
        return name
    }

    /// A profile's name as near to the text as the rules allow.
    package static func name(from text: String) -> String {
        var name = ""
        for scalar in text.lowercased().unicodeScalars.prefix(200) {
            switch scalar.value {
            case 0x30...0x39, 0x61...0x7A, 0x2E, 0x5F: name.unicodeScalars.append(scalar)
            default: if !name.hasSuffix("-") { name += "-" }
            }
        }
        let isMark = { (character: Character) in "._-".contains(character) }
        let start = name.drop(while: isMark).prefix(56)
        let end = start.lastIndex { !isMark($0) }
        let cut = end.map { String(start[...$0]) } ?? ""
        return NameKind.profile.admits(cut) ? cut : "imported"
    }

    private static func joined(_ base: String, _ suffix: String) -> String {
        "\(base.prefix(62 - suffix.count))-\(suffix)"
    }
}
