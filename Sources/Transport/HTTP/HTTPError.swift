/// What a peer sent that is no HTTP/1.1, or is more than we take.
package enum HTTPViolation: Error, Hashable, Sendable {
    case headTooLong
    case tooManyFields
    case startLine
    /// A CR or LF that stands alone.
    case lineEnd
    /// Answers with 1xx without end, and none that counts.
    case interimAnswers
    case field
    /// A field value continued on a further line (RFC 9112, section 5.2).
    case obsoleteFolding
    /// `Content-Length` that is no number, several that differ, or one beside a transfer coding.
    case contentLength
    /// A transfer coding other than `chunked`, or one in HTTP/1.0.
    case transferCoding
    /// A line of a chunked body that is none.
    case chunk
    case bodyTooLong(limit: Int)
}

/// Why a request has no answer.
package enum HTTPError: Error, Hashable, Sendable {
    /// Our own request cannot be sent: a line break in a field, a target that is no path.
    case invalidRequest(String)
    case proxySetting(ProxySettingProblem)
    case connection(TLSError)
    case violation(HTTPViolation)
    /// The peer closed the connection in the middle of a message, after so many bytes of it.
    case cutShort(receivedBytes: Int)
}

/// How much of a peer's message is taken.
package struct HTTPLimits: Hashable, Sendable {
    package var headBytes: Int
    package var fieldCount: Int
    package var bodyBytes: Int

    package init(headBytes: Int = 64 * 1024, fieldCount: Int = 200, bodyBytes: Int = 4 * 1024 * 1024) {
        self.headBytes = headBytes
        self.fieldCount = fieldCount
        self.bodyBytes = bodyBytes
    }
}
