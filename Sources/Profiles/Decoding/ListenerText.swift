/// A listener as ssh and docker write it: `[address:]port` and what follows.
struct ListenerText {
    /// Nil where none was written.
    var address: String?
    /// The parts after the address, split at the colons outside of brackets.
    var parts: [String]

    /// - Parameter tail: how many parts there are without an address.
    /// - Returns: nil for text with another number of parts, or with an unclosed bracket.
    init?(_ text: String, tail: Int) {
        guard let parts = Self.split(text), parts.count == tail || parts.count == tail + 1 else { return nil }
        address = parts.count == tail + 1 ? parts[0] : nil
        self.parts = Array(parts.suffix(tail))
    }

    /// Whether only this machine can reach the listener; false for `*`, for placeholders and other text.
    static func isLoopback(_ address: String?) -> Bool {
        guard let address else { return true }
        return address == "localhost" || IPAddress(address)?.isLoopback == true
    }

    /// A port in decimal digits without a leading zero.
    static func port(_ text: String, from least: UInt16) -> UInt16? {
        guard let value = PlainText.integer(text), let port = UInt16(exactly: value), port >= least else {
            return nil
        }
        return port
    }

    private static func split(_ text: String) -> [String]? {
        var parts: [String] = []
        var part: [UInt8] = []
        var isInBrackets = false
        for byte in text.utf8 {
            switch byte {
            case 0x5B where !isInBrackets && part.isEmpty: isInBrackets = true
            case 0x5D where isInBrackets: isInBrackets = false
            case 0x3A where !isInBrackets:
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            default: part.append(byte)
            }
        }
        return isInBrackets ? nil : parts + [String(decoding: part, as: UTF8.self)]
    }
}

extension PortMapping {
    /// Reads `[address:]local:remote`, an IPv6 address in brackets.
    ///
    /// - Returns: nil for other text; local may be 0, remote may not.
    package init?(_ text: String) {
        guard let listener = ListenerText(text, tail: 2),
            let local = ListenerText.port(listener.parts[0], from: 0),
            let remote = ListenerText.port(listener.parts[1], from: 1)
        else { return nil }
        var address = listener.address
        if let written = address, written != "localhost" {
            guard let parsed = IPAddress(written) else { return nil }
            address = parsed.description
        }
        self.init(address: address, local: local, remote: remote)
    }
}
