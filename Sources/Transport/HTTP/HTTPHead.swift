/// A message's first line and fields, not yet understood as a request or an answer.
package struct HTTPHead: Hashable, Sendable {
    package let startLine: String
    package let headers: HTTPHeaders

    package struct StatusLine: Hashable, Sendable {
        package let status: Int
        package let reason: String
        /// HTTP/1.0, which closes the connection unless it says otherwise.
        package let isVersion10: Bool
    }

    package struct RequestLine: Hashable, Sendable {
        package let method: String
        package let target: String
        package let isVersion10: Bool
    }

    /// Understands `HTTP/1.1 200 OK`; the reason may be missing.
    package func statusLine() throws(HTTPViolation) -> StatusLine {
        let parts = startLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let isVersion10 = Self.version(parts[0]), parts[1].utf8.count == 3,
            parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let status = Int(parts[1]), status >= 100
        else { throw .startLine }
        return StatusLine(
            status: status, reason: parts.count == 3 ? String(parts[2]) : "", isVersion10: isVersion10)
    }

    /// Understands `GET /path HTTP/1.1`.
    package func requestLine() throws(HTTPViolation) -> RequestLine {
        let parts = startLine.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, HTTPText.isToken(parts[0].utf8), !parts[1].isEmpty,
            let isVersion10 = Self.version(parts[2])
        else { throw .startLine }
        return RequestLine(method: String(parts[0]), target: String(parts[1]), isVersion10: isVersion10)
    }

    private static func version(_ text: Substring) -> Bool? {
        switch text {
        case "HTTP/1.1": false
        case "HTTP/1.0": true
        default: nil
        }
    }

    /// Whether the connection may carry another message after this one (RFC 9112, section 9.3).
    package func keepsAlive(isVersion10: Bool) -> Bool {
        if headers.lists("close", in: "Connection") { return false }
        return !isVersion10 || headers.lists("keep-alive", in: "Connection")
    }
}

/// Gathers the bytes of a head as they come.
///
/// Strict: a line ends with CR LF, and neither stands alone anywhere. (RFC 9112, section 2.2, lets a reader take LF
/// for a line end; where two readers do not agree on that, one smuggles past the other.) Empty lines before the
/// first are skipped.
package struct HTTPHeadCollector {
    private let limits: HTTPLimits
    private var bytes: [UInt8] = []
    /// Bytes of empty lines before the first line.
    private var skipped = 0
    private var last: UInt8 = 0
    private var isLineEmpty = true

    private static let skippedLimit = 64

    /// How many of the bytes last taken lie behind the head's end.
    package private(set) var unusedCount = 0

    package init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

    package var hasBegun: Bool { !bytes.isEmpty }
    package var byteCount: Int { bytes.count }

    /// - Returns: the head once it is complete; nil if it needs more than these bytes.
    package mutating func take(_ input: UnsafeRawBufferPointer) throws(HTTPViolation) -> HTTPHead? {
        unusedCount = 0
        for (index, byte) in input.enumerated() {
            if (last == 13) != (byte == 10) { throw .lineEnd }
            last = byte
            if bytes.isEmpty, byte == 13 || byte == 10 {
                skipped += 1
                if skipped > Self.skippedLimit { throw .startLine }
                continue
            }
            bytes.append(byte)
            if bytes.count > limits.headBytes { throw .headTooLong }
            if byte == 10 {
                if isLineEmpty {
                    unusedCount = input.count - index - 1
                    return try parse()
                }
                isLineEmpty = true
            } else if byte != 13 {
                isLineEmpty = false
            }
        }
        return nil
    }

    private func parse() throws(HTTPViolation) -> HTTPHead {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { line in
            line.last == 13 ? line.dropLast() : line
        }[...]
        guard let first = lines.popFirst(), HTTPText.isValue(first) else { throw .startLine }
        var headers = HTTPHeaders()
        for line in lines.prefix(while: { !$0.isEmpty }) {
            if headers.fields.count == limits.fieldCount { throw .tooManyFields }
            try Self.parse(line, into: &headers)
        }
        return HTTPHead(startLine: String(decoding: first, as: UTF8.self), headers: headers)
    }

    /// Reads `name: value`.
    static func parse(_ line: ArraySlice<UInt8>, into headers: inout HTTPHeaders)
        throws(HTTPViolation)
    {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 9 }
        if line.first.map(isBlank) == true { throw .obsoleteFolding }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), HTTPText.isToken(line[..<colon]) else {
            throw .field
        }
        var value = line[(colon + 1)...].drop(while: isBlank)
        while value.last.map(isBlank) == true { value.removeLast() }
        guard HTTPText.isValue(value) else { throw .field }
        headers.add(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
}
