/// A request of HTTP/1.1 as the server of the benchmark reads it: enough for a client that keeps to the rules.
struct PlainRequest: Hashable, Sendable {
    var method: String
    var path: String
    /// Names in lower case.
    var headers: [String: String]
    /// What came behind the request already.
    var early: [UInt8]

    private static let sizeLimit = 64 * 1024

    /// Reads the next request with its body, which nobody looks at.
    /// - Parameter early: what came behind the one before.
    /// - Returns: nil where the stream ended before it.
    static func read(from stream: any ByteStream, early: [UInt8]) throws(StreamFailure) -> PlainRequest? {
        var bytes = early
        let block = Block(16 * 1024)
        while true {
            if let request = try parse(bytes) { return request }
            let count = try stream.receive(into: block.bytes)
            if count == 0, bytes.isEmpty { return nil }
            guard count > 0 else { throw .ended }
            bytes += block.bytes[..<count]
            if bytes.count > sizeLimit { throw .violation("a request of more than 64 KiB") }
        }
    }

    /// - Returns: nil where more bytes are needed.
    static func parse(_ bytes: [UInt8]) throws(StreamFailure) -> PlainRequest? {
        guard let end = endOfHead(bytes) else { return nil }
        let lines = String(decoding: bytes[..<(end - 4)], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { throw .violation("no request line") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw .violation("a header without colon") }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let length = Int(headers["content-length"] ?? "0") ?? 0
        guard bytes.count >= end + length else { return nil }
        return PlainRequest(
            method: String(words[0]), path: String(words[1]), headers: headers,
            early: Array(bytes[(end + length)...]))
    }

    /// Behind the empty line.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark: [UInt8] = [13, 10, 13, 10]
        guard bytes.count >= mark.count else { return nil }
        return (mark.count...bytes.count).first { bytes[($0 - mark.count)..<$0].elementsEqual(mark) }
    }
}
