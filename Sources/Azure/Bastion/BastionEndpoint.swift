package import Transport

/// A bastion's data plane, known to lie in its cloud: only such a one can be sent the Azure token.
package struct BastionEndpoint: Hashable, Sendable {
    package let origin: Origin
    /// The domain that it was found to be at or under.
    package let suffix: String

    /// Reads `name[:port]` as Resource Manager gives it.
    /// - Throws: `endpointOutsideCloud` for anything that is not a plain name at or under the suffix:
    ///   compared label by label and without regard to case; no user name, path, trailing dot, odd character.
    package init(_ dnsName: String, under suffix: String) throws(AzureError) {
        let parts = dnsName.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map { $0.lowercased() } ?? ""
        let suffix = suffix.lowercased()
        var port: UInt16 = 443
        if parts.count == 2 {
            let isNumber = parts[1].utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isNumber, let number = UInt16(parts[1]), number != 0 else {
                throw .endpointOutsideCloud(endpoint: dnsName, suffix: suffix)
            }
            port = number
        }
        guard Self.isPlainName(name), Self.isPlainName(suffix), name == suffix || name.hasSuffix("." + suffix)
        else { throw .endpointOutsideCloud(endpoint: dnsName, suffix: suffix) }
        origin = Origin(host: name, port: port)
        self.suffix = suffix
    }

    /// Letters, digits and hyphens in labels of 1 to 63, parted by single dots.
    static func isPlainName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy(isLabelByte)
        }
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// `name[:port]`, as in a `Host` field; reads back as the same endpoint.
    package var authority: String { origin.authority }
}
