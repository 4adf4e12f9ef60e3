package import Posix

/// What a request carries.
package enum HTTPBody: Sendable {
    case none
    case bytes([UInt8])
    /// Sent straight out of its own memory.
    case secret(SecretBytes)

    package var count: Int {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .secret(let secret): secret.count
        }
    }

    /// The bytes; meant for the receiving side.
    package var bytes: [UInt8] {
        switch self {
        case .none: []
        case .bytes(let bytes): bytes
        case .secret(let secret): secret.withBytes { Array($0) }
        }
    }
}

package struct HTTPRequest: Sendable {
    package var method: String
    /// Path and query, beginning with `/`, escaped already.
    package var target: String
    package var headers: HTTPHeaders
    package var body: HTTPBody
    /// Whether it does no harm when the server should happen to carry it out twice.
    ///
    /// Decides whether a request whose kept connection ended without an answer is sent again on a new one.
    /// True for GET, HEAD, OPTIONS, PUT and DELETE (RFC 9110, section 9.2.2) unless it is set otherwise.
    package var isRepeatable: Bool
    /// How long a cancelled task still waits for the answer, once the request is on its way: for an answer that
    /// names what must be undone. Nil: not at all.
    package var grace: Duration?
    /// How much longer than the deadline the answer is waited for, for the same reason, while the caller is told that
    /// it has passed.
    package var lateness = Duration.zero
    /// Given that wait, before the caller is told: the bytes of a body that came within `lateness`, whole or not, or
    /// what there is of it when the wait is cancelled. Without it nothing is waited for.
    package var onLateAnswer: (@Sendable (Task<[UInt8], Never>) -> Void)?
    /// Given what came of an answer that did not come whole or in order, or that refuses: it may name what must be
    /// undone. Returns whether it does, so that no more of it is waited for.
    package var onBrokenAnswer: (@Sendable ([UInt8]) -> Bool)?

    package init(
        _ method: String, _ target: String, headers: HTTPHeaders = [:], body: HTTPBody = .none,
        isRepeatable: Bool? = nil, grace: Duration? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.grace = grace
        self.isRepeatable =
            isRepeatable ?? ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(method)
    }
}

package struct HTTPResponse: Hashable, Sendable {
    package var status: Int
    package var reason: String
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// What came behind the body, which nobody asked for: the rest of one that is longer than it says.
    package var surplus: [UInt8] = []

    package init(_ status: Int, reason: String = "", headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// Writes heads. Whatever would let one field become two, or end the head, is refused.
package enum HTTPSerializer {
    /// A request's head with its final empty line. The fields are sent as they are given.
    package static func head(_ request: HTTPRequest) throws(HTTPError) -> [UInt8] {
        guard HTTPText.isToken(request.method.utf8) else { throw .invalidRequest("method") }
        let isTarget = request.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isTarget, request.target.hasPrefix("/") else { throw .invalidRequest("target") }
        return try lines("\(request.method) \(request.target) HTTP/1.1", request.headers)
    }

    /// An answer's head with its final empty line. The fields are sent as they are given.
    package static func head(status: Int, reason: String, headers: HTTPHeaders) throws(HTTPError) -> [UInt8] {
        guard (100...999).contains(status), HTTPText.isValue(reason.utf8) else {
            throw .invalidRequest("status")
        }
        return try lines("HTTP/1.1 \(status) \(reason)", headers)
    }

    /// One chunk of a chunked body; an empty one ends the body.
    package static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        let end = Array("\r\n".utf8)
        return Array(String(bytes.count, radix: 16).utf8) + end + bytes + end
    }

    private static func lines(_ start: String, _ headers: HTTPHeaders) throws(HTTPError) -> [UInt8] {
        var text = start + "\r\n"
        for field in headers.fields {
            guard HTTPText.isToken(field.name.utf8), HTTPText.isValue(field.value.utf8) else {
                throw .invalidRequest(field.name.filter { $0.isASCII && ($0.isLetter || $0 == "-") })
            }
            text += "\(field.name): \(field.value)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}
