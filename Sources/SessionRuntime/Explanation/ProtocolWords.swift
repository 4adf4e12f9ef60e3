internal import Posix
internal import Transport

// What a peer did that HTTP or WebSocket do not allow, as the end of a sentence.

extension FrameViolation {
    var words: String {
        switch self {
        case .reservedBits(let bits): "it set reserved bits (\(bits)) in a frame"
        case .unknownOpcode(let code): "it sent a frame with the unknown opcode \(code)"
        case .masking: "it sent a masked frame"
        case .fragmentedControlFrame: "it sent a control frame in pieces"
        case .controlFrameTooLong: "it sent a control frame that is too long"
        case .continuationOrder: "it sent the pieces of a message out of order"
        case .fragmentedMessage: "it sent a message in pieces"
        case .textMessage: "it sent a text message, where a tunnel carries bytes"
        case .lengthForm: "it sent a frame with an invalid length"
        case .closePayload: "it sent a close frame without a valid code"
        case .invalidUTF8Reason: "it sent a close frame with a reason that is no text"
        case .httpInsteadOfFrames: "it sent a page of HTTP in place of frames"
        }
    }
}

extension HTTPViolation {
    var words: String {
        switch self {
        case .headTooLong: "its head is too long"
        case .tooManyFields: "it has too many header fields"
        case .startLine: "it does not begin as HTTP does"
        case .interimAnswers: "interim answers come without end"
        case .lineEnd: "a line does not end as HTTP wants it"
        case .field: "a header field is malformed"
        case .obsoleteFolding: "a header field goes on over several lines"
        case .contentLength: "its length is unclear"
        case .transferCoding: "it has an unknown transfer coding"
        case .chunk: "a chunk of it is malformed"
        case .bodyTooLong(let limit): "it is longer than \(limit / 1024) KiB"
        }
    }
}

extension HTTPError {
    /// For answers that are none; connections that fail have words of their own.
    var words: String {
        switch self {
        case .violation(let violation): violation.words
        case .cutShort(let count): "it was cut after \(count) bytes"
        case .invalidRequest(let part): "the request's \(part) cannot be written"
        case .proxySetting, .connection: "\(self)"
        }
    }
}

/// Words for an open tunnel whose connection was lost.
struct LossWords {
    let peer: String

    func cause(_ error: TLSError?) -> String {
        switch error {
        case .lost(let reason) where reason.number == SystemError.timedOut:
            "\(peer) stopped answering, or took nothing of what was sent"
        case .lost(let reason) where reason.number == SystemError.connectionReset:
            "the connection to \(peer) was reset"
        case .lost(let reason): "the connection to \(peer) was lost: \(reason.reason)"
        case .broken(let reasons):
            "what came from \(peer) is no valid TLS" + Explanation.quoted(reasons.joined(separator: ", "))
        default: "\(peer) ended the connection without closing the tunnel"
        }
    }

    static func remedy(_ error: TLSError?) -> String {
        let again = "connect again; the service cannot resume a tunnel"
        switch error {
        case .lost(let reason) where reason.number == SystemError.timedOut:
            return "check the network, and " + again + "; tunnel.stallTimeout in the profile allows more time"
        case .lost(let reason) where reason.number != SystemError.connectionReset:
            return "check the network, and " + again
        default: return again
        }
    }
}
