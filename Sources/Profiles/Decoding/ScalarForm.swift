internal import Diagnostics

extension ScalarKind {
    /// Checks the form of text that holds no placeholder.
    func formFault(in text: String, isPlain: Bool, key: Key) -> ScalarFault? {
        switch self {
        case .text, .prose, .remoteCommand, .literal, .boolean, .onlyTrue, .integer, .formatVersion:
            nil
        case .portMapping:
            portFault(in: text, isPlain: isPlain)
        case .choice(let words):
            words.contains(text) ? nil : choiceFault(in: text, among: words, key: key)
        case .path:
            text.hasPrefix("~") && text != "~" && !text.hasPrefix("~/")
                ? ScalarFault(
                    "profile.invalid-path", "'\(text.shortened)' begins with another user's home",
                    "write ~/, an absolute path, or one relative to this file") : nil
        default:
            isWellFormed(text) ? nil : invalid(text, key: key)
        }
    }

    /// Whether the text has the kind's form, for the kinds whose fault is described by `expectation`.
    private func isWellFormed(_ text: String) -> Bool {
        switch self {
        case .word, .program:
            text.utf8.first != 0x2D && (self == .program || !text.utf8.contains(0x20))
                && text.utf8.count <= 512
        case .reference: NameKind.resource.admits(text)
        case .tag: text.utf8.count <= 64 && !text.contains { $0 == " " || $0 == "," }
        case .resourceName, .instance: Self.isResourceName(text)
        case .resourceID: Self.resourceID(text) != nil
        case .bastionHostID: ResourceID(text)?.isOf(type: "microsoft.network/bastionhosts") == true
        case .guid: Self.isGUID(text)
        case .duration: DurationText.parse(text) != nil
        case .durationOrOff: text == "off" || DurationText.parse(text) != nil
        case .url: WebOrigin.parse(text) != nil
        case .domain: WebOrigin.isDomain(text)
        case .address: IPAddress(text) != nil
        case .bindAddress: text == "localhost" || IPAddress(text) != nil
        case .forward(let least): Self.isForward(text, from: least)
        case .socks: Self.isSocks(text)
        case .hostKey: Self.isHostKey(text)
        case .size: Self.isSize(text)
        case .fingerprint: Self.fingerprint(text) != nil
        default: true
        }
    }

    /// The code of the fault and what was expected.
    private var expectation: (code: String, remedy: String) {
        switch self {
        case .word: ("profile.invalid-text", "use no spaces and no hyphen at the beginning")
        case .program:
            ("profile.invalid-text", "give a program's name or path, without a hyphen at the beginning")
        case .reference:
            ("profile.invalid-name", "use letters, digits, '.', '_' and '-', at most 63 of them")
        case .tag: ("profile.invalid-name", "use at most 64 characters without spaces and commas")
        case .resourceName, .instance:
            (
                "profile.invalid-resource-name",
                "use letters, digits, '.', '_', '-' and parentheses, as Azure does"
            )
        case .resourceID:
            (
                "profile.invalid-resource-id",
                "copy it from the resource's properties: /subscriptions/…/resourceGroups/…/providers/…/NAME"
            )
        case .bastionHostID:
            (
                "profile.invalid-resource-id",
                "copy it: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/bastionHosts/NAME"
            )
        case .guid: ("profile.invalid-guid", "write it as 11111111-2222-3333-4444-555555555555")
        case .duration: ("profile.invalid-duration", "write a whole number and a unit: 500ms, 30s, 5m, 1h")
        case .durationOrOff: ("profile.invalid-duration", "write off, or a whole number and a unit: 30s, 5m")
        case .url: ("profile.invalid-url", "write https://host or https://host:port, without a path")
        case .domain: ("profile.invalid-domain", "write a domain such as bastion.lab.example")
        case .address: ("profile.invalid-address", "write an IPv4 or IPv6 address")
        case .bindAddress: ("profile.invalid-address", "write an IP address of this machine, or localhost")
        case .forward: ("profile.invalid-forward", "write [address:]port:host:port, as after ssh -L")
        case .socks: ("profile.invalid-port", "write \"port\" or \"address:port\"")
        case .hostKey: ("profile.invalid-host-key", "write the type and the base64 text: ssh-ed25519 AAAA…")
        case .size: ("profile.invalid-value", "write it as 1920x1080")
        case .fingerprint: ("profile.invalid-value", "write sha256: and 64 hexadecimal digits")
        default: ("profile.invalid-value", "")
        }
    }

    private func invalid(_ text: String, key: Key) -> ScalarFault {
        if self == .resourceID, let id = ResourceID(text), id.isOf(type: Self.scaleSetType) {
            return ScalarFault(
                "profile.invalid-resource-id", "'\(key.shownPath)' names a scale set without an instance",
                "append /virtualMachines/INSTANCE")
        }
        let expected = expectation
        return ScalarFault(expected.code, "'\(text.shortened)' cannot be '\(key.shownPath)'", expected.remedy)
    }

    private func choiceFault(in text: String, among words: [String], key: Key) -> ScalarFault {
        let nearest = Suggestion.nearest(to: text, among: words)
        let list = words.joined(separator: ", ")
        return ScalarFault(
            "profile.invalid-value", "'\(text.shortened)' cannot be '\(key.shownPath)'",
            nearest.map { "did you mean '\($0)'? Possible: \(list)" } ?? "use one of: \(list)")
    }

    private func portFault(in text: String, isPlain: Bool) -> ScalarFault? {
        guard PortMapping(text) != nil else {
            return ScalarFault(
                "profile.invalid-port", "'\(text.shortened)' is no port mapping",
                "write \"local:remote\" or \"address:local:remote\", ports from 1 to 65535, local 0 for any")
        }
        guard isPlain, PlainText.isBase60(text) else { return nil }
        return ScalarFault(
            "profile.unquoted-port", "\(text) without quotes is a number for other YAML readers",
            "put it in quotes: \"\(text)\"", .warning)
    }
}

// MARK: forms

extension ScalarKind {
    private static let scaleSetType = "microsoft.compute/virtualmachinescalesets"

    static func resourceID(_ text: String) -> ResourceID? {
        guard let id = ResourceID(text), !id.isOf(type: scaleSetType) else { return nil }
        return id
    }

    private static func isResourceName(_ text: String) -> Bool {
        (1...90).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || (0x30...0x39).contains(scalar.value)
                    || "._-()".unicodeScalars.contains(scalar)
            }
    }

    private static func isGUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.allSatisfy { $0.utf8.allSatisfy(isHexDigit) }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// `-L` takes ports and Unix sockets on either side; a word that begins with `-` would be another option.
    private static func isForward(_ text: String, from least: UInt16) -> Bool {
        guard text.first != "-", !text.contains(" ") else { return false }
        if text.contains("/") { return text.contains(":") }
        guard let listener = ListenerText(text, tail: 3) else { return false }
        return ListenerText.port(listener.parts[0], from: least) != nil && !listener.parts[1].isEmpty
            && ListenerText.port(listener.parts[2], from: 1) != nil
    }

    private static func isSocks(_ text: String) -> Bool {
        guard text.first != "-", !text.contains(" "), let listener = ListenerText(text, tail: 1) else {
            return false
        }
        return ListenerText.port(listener.parts[0], from: 1) != nil
    }

    private static func isHostKey(_ text: String) -> Bool {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2 || words.count == 3, words[1].hasPrefix("AAAA"), words[1].utf8.count >= 40
        else {
            return false
        }
        let isType = words[0].utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && words[0].contains("-")
        return isType
            && words[1].utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F, 0x3D: true
                default: false
                }
            }
    }

    private static func isSize(_ text: String) -> Bool {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                part.utf8.count <= 5
                    && PlainText.integer(String(part)).map { $0 >= 200 && $0 <= 16384 } == true
            }
    }

    /// `sha256:` and the digits in lower case without colons.
    static func fingerprint(_ text: String) -> String? {
        guard text.lowercased().hasPrefix("sha256:") else { return nil }
        let digits = text.dropFirst(7).lowercased().filter { $0 != ":" }
        guard digits.utf8.count == 64, digits.utf8.allSatisfy(isHexDigit) else { return nil }
        return "sha256:" + digits
    }
}
