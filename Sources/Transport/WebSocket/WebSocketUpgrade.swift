internal import Cryptography
package import Posix

/// The opening handshake of a WebSocket (RFC 6455, section 4), at either end.
package enum WebSocketUpgrade {
    /// A key for one handshake: 16 random bytes.
    package static func makeKey() -> String { Base64.encode(RandomBytes.generate(16)) }

    /// What a server answers a key with.
    package static func accept(for key: String) -> String {
        Base64.encode(Digest.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// A client's request. `Origin` names the server itself, as the service's own client does.
    package static func request(_ target: String, to origin: Origin, key: String, userAgent: String)
        -> HTTPRequest
    {
        HTTPRequest(
            "GET", target,
            headers: [
                "Host": origin.authority, "User-Agent": userAgent, "Upgrade": "websocket",
                "Connection": "Upgrade", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
                "Origin": origin.description,
            ])
    }

    /// Judges the fields of a 101.
    ///
    /// `Upgrade` and `Connection` may be missing (the service leaves them out at times) but not be other
    /// than they should; the answer to the key must be right. Nothing was offered, so nothing may be chosen.
    package static func isAccepted(_ headers: HTTPHeaders, key: String) -> Bool {
        let answers = headers.values(of: "Sec-WebSocket-Accept")
        guard answers.count == 1, let answer = answers.first,
            ConstantTime.equal(Array(answer.utf8), Array(accept(for: key).utf8))
        else { return false }
        if headers["Upgrade"] != nil, !headers.lists("websocket", in: "Upgrade") { return false }
        return headers["Sec-WebSocket-Extensions"] == nil && headers["Sec-WebSocket-Protocol"] == nil
    }

    /// What a server finds wrong with a request; nil for one that it can answer with `response`.
    package enum RequestProblem: Hashable, Sendable {
        case notGET
        case noUpgrade
        /// To be answered with 426 and `Sec-WebSocket-Version: 13`.
        case version
        case key
    }

    /// Judges a request as a server (RFC 6455, section 4.2.1).
    package static func problem(in method: String, _ headers: HTTPHeaders) -> RequestProblem? {
        if method != "GET" { return .notGET }
        guard headers.lists("websocket", in: "Upgrade"), headers.lists("upgrade", in: "Connection") else {
            return .noUpgrade
        }
        if headers.values(of: "Sec-WebSocket-Version") != ["13"] { return .version }
        let keys = headers.values(of: "Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, Base64.decode(key)?.count == 16 else { return .key }
        return nil
    }

    /// The head of the 101 for a request that has no problem.
    package static func response(to headers: HTTPHeaders) throws(HTTPError) -> [UInt8] {
        try HTTPSerializer.head(
            status: 101, reason: "Switching Protocols",
            headers: [
                "Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Accept": accept(for: headers["Sec-WebSocket-Key"] ?? ""),
            ])
    }
}

/// Why a WebSocket was not opened.
package enum WebSocketOpeningError: Error, Hashable, Sendable {
    /// Another status than 101; with the beginning of the body, at most 4 KiB.
    case refused(status: Int, headers: HTTPHeaders, excerpt: [UInt8])
    /// A 101 that does not answer our key.
    case wrongAccept
    /// A 101 with the bytes of an HTTP message behind it.
    case httpInsteadOfFrames
    case http(HTTPError)
}

extension WebSocketUpgrade {
    /// Opens a WebSocket over a connection that nothing was sent on yet.
    /// - Returns: the bytes that came behind the 101 already, the first of the frames.
    package static func open(
        _ target: String, at origin: Origin, over tls: TLSConnection, userAgent: String,
        until deadline: Instant
    ) async throws(WebSocketOpeningError) -> [UInt8] {
        let key = makeKey()
        let connection = HTTPConnection(over: tls, limits: HTTPLimits(bodyBytes: 64 * 1024))
        let answer: HTTPResponse
        do {
            let request = request(target, to: origin, key: key, userAgent: userAgent)
            try await connection.send(request, until: deadline)
            answer = try await connection.readResponse(to: "GET", until: deadline).response
        } catch {
            // A refusal is one, though its page is too long or does not come whole.
            guard error != .connection(.cancelled), let head = connection.answerHead, head.status != 101
            else { throw .http(error) }
            throw .refused(
                status: head.status, headers: head.headers, excerpt: Array(connection.brokenBody.prefix(4096))
            )
        }
        guard answer.status == 101 else {
            throw .refused(
                status: answer.status, headers: answer.headers, excerpt: Array(answer.body.prefix(4096)))
        }
        guard isAccepted(answer.headers, key: key) else { throw .wrongAccept }
        let first = connection.takeUnread()
        if first.starts(with: Array("HTTP/".utf8)) { throw .httpInsteadOfFrames }
        return first
    }
}
