/// The address of a bastion host's data plane: a host name, and a port where it is not 443.
package struct Endpoint: Hashable, Sendable {
    /// Lower case, without a dot at its end.
    package let host: String
    package let port: UInt16

    /// Reads `name` or `name:port`. Nil for anything else: a user, a path, an empty label, port 0.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count <= 2 else { return nil }
        var port: UInt16 = 443
        if parts.count == 2 {
            guard let number = UInt16(parts[1]), number != 0, !parts[1].hasPrefix("+") else { return nil }
            port = number
        }
        let host = (name.hasSuffix(".") ? name.dropLast() : name).lowercased()
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy({ label in !label.isEmpty && label.utf8.allSatisfy(Self.isOfName) }) else {
            return nil
        }
        (self.host, self.port) = (host, port)
    }

    /// Whether the name is that of the domain or lies under it. An empty domain has nothing under it.
    package func isUnder(_ domain: String) -> Bool {
        let domain = domain.lowercased()
        return !domain.isEmpty && (host == domain || host.hasSuffix("." + domain))
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "0"..."9", "-", "_": true
        default: false
        }
    }
}
