/// How a message's body ends (RFC 9112, section 6.3).
///
/// Whatever two readers could understand in two ways is refused: on a connection that is used again, bytes of one
/// message would become the next one.
package enum HTTPBodyFraming: Hashable, Sendable {
    case none
    case length(Int)
    case chunked
    case untilClose

    /// The framing of an answer to a request of the method.
    package static func response(
        _ headers: HTTPHeaders, status: Int, isVersion10: Bool = false, to method: String
    ) throws(HTTPViolation) -> HTTPBodyFraming {
        if method == "HEAD" || status == 204 || status == 304 || (100..<200).contains(status) { return .none }
        return try stated(headers, isVersion10) ?? .untilClose
    }

    /// The framing of a request.
    package static func request(_ headers: HTTPHeaders, isVersion10: Bool = false) throws(HTTPViolation)
        -> HTTPBodyFraming
    {
        try stated(headers, isVersion10) ?? .none
    }

    /// What the fields say; nil where they say nothing.
    private static func stated(_ headers: HTTPHeaders, _ isVersion10: Bool) throws(HTTPViolation)
        -> HTTPBodyFraming?
    {
        let isCoded = headers["Transfer-Encoding"] != nil
        if isCoded {
            // HTTP/1.0 knows no codings (section 6.1), and a length besides is the shape of an attack.
            if isVersion10 { throw .transferCoding }
            if headers["Content-Length"] != nil { throw .contentLength }
            guard headers.words(of: "Transfer-Encoding").map({ $0.lowercased() }) == ["chunked"] else {
                throw .transferCoding
            }
            return .chunked
        }
        return try length(headers).map { .length($0) }
    }

    /// A number, perhaps repeated (RFC 9110, section 8.6).
    private static func length(_ headers: HTTPHeaders) throws(HTTPViolation) -> Int? {
        let values = Set(headers.words(of: "Content-Length", droppingEmpty: false))
        guard let text = values.first else { return nil }
        guard values.count == 1, (1...18).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let length = Int(text)
        else { throw .contentLength }
        return length
    }
}

/// Takes a body out of the bytes of a connection, as they come.
///
/// The lines of a chunked body are read strictly: each ends with CR LF, a size is 1 to 8 hexadecimal digits, and
/// what carries nothing of the body (extensions, trailers) is checked, limited and dropped.
package struct HTTPBodyDecoder {
    private enum State {
        case counted(left: Int)
        case untilClose
        case chunkSize
        case chunkData(left: Int)
        case chunkEnd
        case trailers
        case complete
    }

    private var state: State
    private let limits: HTTPLimits
    /// The line between two chunks that is not complete yet.
    private var line: [UInt8] = []
    /// Bytes of extensions and trailers so far.
    private var ballast = 0
    private var trailers = HTTPHeaders()
    package private(set) var body: [UInt8] = []

    package init(_ framing: HTTPBodyFraming, limits: HTTPLimits = HTTPLimits()) throws(HTTPViolation) {
        self.limits = limits
        switch framing {
        case .none, .length(0): state = .complete
        case .length(let length):
            if length > limits.bodyBytes { throw .bodyTooLong(limit: limits.bodyBytes) }
            state = .counted(left: length)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    package var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// Takes bytes off the front of the input.
    /// - Returns: how many; fewer than there are only when the body is complete.
    package mutating func take(_ input: UnsafeRawBufferPointer) throws(HTTPViolation) -> Int {
        var position = 0
        while position < input.count {
            let rest = UnsafeRawBufferPointer(rebasing: input[position...])
            switch state {
            case .complete: return position
            case .untilClose:
                try keep(rest)
                position = input.count
            case .counted(let left):
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(left))
                try keep(part)
                position += part.count
                state = left == part.count ? .complete : .counted(left: left - part.count)
            case .chunkData(let left):
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(left))
                try keep(part)
                position += part.count
                state = left == part.count ? .chunkEnd : .chunkData(left: left - part.count)
            case .chunkSize, .chunkEnd, .trailers:
                position += 1
                if try takeLineByte(rest[0]) { try endLine() }
            }
        }
        return position
    }

    /// The connection ended.
    /// - Returns: whether the body ends properly with it.
    package mutating func end() -> Bool {
        if case .untilClose = state { state = .complete }
        return isComplete
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(HTTPViolation) {
        if body.count + bytes.count > limits.bodyBytes { throw .bodyTooLong(limit: limits.bodyBytes) }
        body.append(contentsOf: bytes)
    }
}

// MARK: - The lines of a chunked body

extension HTTPBodyDecoder {
    /// The most digits that a size may have.
    private static let sizeDigits = 8

    /// - Returns: whether `line` is complete; it is then without its CR LF.
    private mutating func takeLineByte(_ byte: UInt8) throws(HTTPViolation) -> Bool {
        if (line.last == 13) != (byte == 10) { throw .lineEnd }
        if byte == 10 {
            line.removeLast()
            return true
        }
        line.append(byte)
        switch state {
        case .chunkEnd where byte != 13: throw .chunk
        case .chunkSize where line.count > limits.headBytes: throw .chunk
        case .trailers where ballast + line.count > limits.headBytes: throw .headTooLong
        default: return false
        }
    }

    private mutating func endLine() throws(HTTPViolation) {
        defer { line.removeAll(keepingCapacity: true) }
        switch state {
        case .chunkSize:
            let size = try takeSize()
            state = size == 0 ? .trailers : .chunkData(left: size)
        case .chunkEnd: state = .chunkSize
        case .trailers where line.isEmpty: state = .complete
        default:
            ballast += line.count + 2
            if trailers.fields.count == limits.fieldCount { throw .tooManyFields }
            try HTTPHeadCollector.parse(line[...], into: &trailers)
        }
    }

    /// Reads `1a;extension` (section 7.1).
    private mutating func takeSize() throws(HTTPViolation) -> Int {
        let digits = line.prefix { HTTPText.isHexDigit($0) }
        let rest = line.dropFirst(digits.count).drop { $0 == 0x20 || $0 == 9 }
        guard (1...Self.sizeDigits).contains(digits.count),
            rest.first ?? UInt8(ascii: ";") == UInt8(ascii: ";"),
            HTTPText.isValue(rest), let size = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .chunk }
        // Extensions on ever so many small chunks would be a body that never grows.
        ballast += line.count - digits.count
        if ballast > limits.headBytes { throw .chunk }
        return Int(size)
    }
}
