/// How a message's body ends (RFC 9112, section 6.3).
package enum HTTPBodyFraming: Hashable, Sendable {
    case none
    case length(Int)
    case chunked
    case untilClose

    /// The framing of an answer to a request of the method.
    package static func response(_ head: HTTPHead, status: Int, to method: String) throws(HTTPViolation)
        -> HTTPBodyFraming
    {
        if method == "HEAD" || status == 204 || status == 304 || (100..<200).contains(status) { return .none }
        if let framing = try coded(head.headers) { return framing }
        return try length(head.headers).map { .length($0) } ?? .untilClose
    }

    /// The framing of a request. One that gives both a length and a coding is refused (section 6.1).
    package static func request(_ head: HTTPHead) throws(HTTPViolation) -> HTTPBodyFraming {
        if let framing = try coded(head.headers) {
            if head.headers["Content-Length"] != nil { throw .contentLength }
            guard framing == .chunked else { throw .transferCoding }
            return framing
        }
        return try length(head.headers).map { .length($0) } ?? .none
    }

    private static func coded(_ headers: HTTPHeaders) throws(HTTPViolation) -> HTTPBodyFraming? {
        let codings = headers.words(of: "Transfer-Encoding").map { $0.lowercased() }
        if codings.isEmpty { return nil }
        guard codings == ["chunked"] else { throw .transferCoding }
        return .chunked
    }

    private static func length(_ headers: HTTPHeaders) throws(HTTPViolation) -> Int? {
        let values = Set(headers.words(of: "Content-Length"))
        guard let text = values.first else {
            return headers["Content-Length"] == nil ? nil : try refuse(.contentLength)
        }
        guard values.count == 1, text.utf8.count <= 18,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let length = Int(text)
        else { throw .contentLength }
        return length
    }

    private static func refuse(_ violation: HTTPViolation) throws(HTTPViolation) -> Int? { throw violation }
}

/// Takes a body out of the bytes of a connection, as they come.
package struct HTTPBodyDecoder {
    private enum State {
        case counted(left: Int)
        case untilClose
        case chunkSize([UInt8])
        case chunkData(left: Int)
        case chunkEnd
        case trailers(lineBytes: Int, total: Int)
        case complete
    }

    private var state: State
    private let limits: HTTPLimits
    package private(set) var body: [UInt8] = []

    package init(_ framing: HTTPBodyFraming, limits: HTTPLimits = HTTPLimits()) throws(HTTPViolation) {
        self.limits = limits
        switch framing {
        case .none, .length(0): state = .complete
        case .length(let length):
            if length > limits.bodyBytes { throw .bodyTooLong(limit: limits.bodyBytes) }
            state = .counted(left: length)
        case .chunked: state = .chunkSize([])
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
                try step(rest[0])
                position += 1
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

    /// One byte of the lines between the chunks.
    private mutating func step(_ byte: UInt8) throws(HTTPViolation) {
        switch state {
        case .chunkSize(var line):
            if byte == 10 {
                let size = try Self.size(line)
                state = size == 0 ? .trailers(lineBytes: 0, total: 0) : .chunkData(left: size)
                return
            }
            line.append(byte)
            if line.count > 1024 { throw .chunk }
            state = .chunkSize(line)
        case .chunkEnd:
            if byte == 13 { return }
            guard byte == 10 else { throw .chunk }
            state = .chunkSize([])
        case .trailers(let lineBytes, let total):
            if total > limits.headBytes { throw .headTooLong }
            if byte == 10 {
                state = lineBytes == 0 ? .complete : .trailers(lineBytes: 0, total: total + 1)
            } else {
                state = .trailers(lineBytes: byte == 13 ? lineBytes : lineBytes + 1, total: total + 1)
            }
        default: return
        }
    }

    /// Reads `1a;extension` (RFC 9112, section 7.1).
    private static func size(_ line: [UInt8]) throws(HTTPViolation) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 13 && $0 != 0x20 && $0 != 9 }
        let text = String(decoding: digits, as: UTF8.self)
        guard (1...8).contains(digits.count), !text.hasPrefix("+"), let size = UInt32(text, radix: 16) else {
            throw .chunk
        }
        return Int(size)
    }
}
