extension TunnelToken {
    /// Finds the names of a session in an answer that cannot be used otherwise: one that is cut, garbled, or lacks
    /// what a tunnel takes. The service has made the session all the same, so it must be deleted.
    ///
    /// The node is empty where the answer does not say it.
    /// - Parameter bytes: what came of the body; need not be JSON.
    init?(salvagedFrom bytes: [UInt8]) {
        guard let authToken = Self.value(of: "authToken", in: bytes), Self.isSafe(authToken) else {
            return nil
        }
        let nodeID = Self.value(of: "nodeId", in: bytes).flatMap { Self.isSafe($0) ? $0 : nil }
        self.init(authToken: authToken, nodeID: nodeID ?? "", websocketToken: "")
    }

    /// The text or number behind `"name":`.
    private static func value(of name: String, in bytes: [UInt8]) -> String? {
        let key = Array("\"\(name)\"".utf8)
        let isBlank: (UInt8) -> Bool = { [0x20, 9, 10, 13].contains($0) }
        var rest = bytes[...]
        while let quote = rest.firstIndex(of: UInt8(ascii: "\"")) {
            rest = rest[quote...]
            guard rest.starts(with: key) else {
                rest.removeFirst()
                continue
            }
            rest = rest.dropFirst(key.count).drop(while: isBlank)
            guard rest.popFirst() == UInt8(ascii: ":") else { continue }
            return literal(rest.drop(while: isBlank))
        }
        return nil
    }

    /// The text in quotation marks, or the digits, that the bytes begin with.
    private static func literal(_ bytes: ArraySlice<UInt8>) -> String? {
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if !digits.isEmpty { return String(decoding: digits, as: UTF8.self) }
        guard bytes.first == UInt8(ascii: "\"") else { return nil }
        var isEscaped = false
        for index in bytes.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if bytes[index] == UInt8(ascii: "\\") {
                isEscaped = true
            } else if bytes[index] == UInt8(ascii: "\"") {
                return JSONValue.parse(Array(bytes[...index]))?.string
            }
        }
        return nil
    }
}
