/// The host key that an SSH server showed, found in the beginning of what it sent: up to the exchanged keys that is
/// readable by anybody (RFC 4253, sections 4.2, 6 and 8).
package struct ShownHostKey: Hashable, Sendable {
    /// `ssh-ed25519`
    package let type: String
    /// The key itself, as known hosts have it in Base64.
    package let bytes: [UInt8]

    /// What to keep of a stream: longer than the lists of algorithms and any key.
    static let span = 16 << 10

    /// Replies that begin with the host key: to Diffie-Hellman with a curve or a fixed group (RFC 5656, section 4;
    /// the hybrid methods use the same number), and with a group of the server's choice (RFC 4419, section 3).
    private static let replies: Set<UInt8> = [31, 33]

    /// Nil where there is none, or not all of it.
    init?(in stream: [UInt8]) {
        guard var rest = Self.afterBanner(stream[...]) else { return nil }
        while let packet = Self.packet(&rest) {
            guard let message = packet.first, Self.replies.contains(message) else { continue }
            guard let key = Self.text(packet.dropFirst()), let type = Self.text(key),
                let name = Self.name(type)
            else { continue }
            self.init(type: name, bytes: Array(key))
            return
        }
        return nil
    }

    package init(type: String, bytes: [UInt8]) { (self.type, self.bytes) = (type, bytes) }

    /// Other lines may come before the one that names the version.
    private static func afterBanner(_ stream: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = stream
        while let end = rest.firstIndex(of: 0x0A) {
            let isVersion = rest.starts(with: "SSH-".utf8)
            rest = rest[(end + 1)...]
            if isVersion { return rest }
        }
        return nil
    }

    /// The payload of the next packet; nil where it is not all there, or encrypted.
    private static func packet(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let length = number(rest), length >= 2, length <= 35_000, rest.count >= 4 + length else {
            return nil
        }
        let packet = rest.dropFirst(4).prefix(length)
        rest = rest.dropFirst(4 + length)
        let padding = Int(packet.first ?? 0)
        guard padding < length else { return nil }
        return packet.dropFirst().dropLast(padding)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let length = number(bytes), bytes.count >= 4 + length else { return nil }
        return bytes.dropFirst(4).prefix(length)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        bytes.count < 4 ? nil : bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }

    /// The name of a kind of key. A group of the server's choice comes with the number 31 as well.
    private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
        guard (1...64).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
