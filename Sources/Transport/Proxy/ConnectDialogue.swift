internal import Cryptography
package import Posix

/// Asks an HTTP proxy for a tunnel (RFC 9110, section 9.3.6).
package struct ConnectDialogue: ProxyDialogue {
    /// More than any proxy's answer; what is longer is not an answer.
    private static let limits = HTTPLimits(headBytes: 16 * 1024, fieldCount: 100)
    private static let beginning = Array("HTTP/".utf8)

    private let authority: String
    private let credentials: ProxyCredentials?
    private var collector = HTTPHeadCollector(limits: limits)
    private var matched = 0

    package init(to host: String, port: UInt16, credentials: ProxyCredentials?) {
        authority = Authority.text(host: host, port: port)
        self.credentials = credentials
    }

    package func greeting() -> SecretBytes {
        var bytes = Array("CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n".utf8)
        if let credentials {
            var plain = credentials.user.withBytes { Array($0) }
            plain.append(UInt8(ascii: ":"))
            credentials.password.withBytes { plain += $0 }
            var encoded = Base64.encodedBytes(plain)
            bytes += Array("Proxy-Authorization: Basic ".utf8) + encoded + Array("\r\n".utf8)
            SecretBytes.wipe(&plain)
            SecretBytes.wipe(&encoded)
        }
        bytes += Array("\r\n".utf8)
        return SecretBytes(moving: &bytes)
    }

    package mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(ProxyFailure) -> ProxyStep {
        var rest = bytes
        while !rest.isEmpty {
            try checkBeginning(rest)
            let head: HTTPHead?
            do { head = try collector.take(rest) } catch {
                throw error == .headTooLong || error == .tooManyFields ? .answerTooLong : .notHTTP
            }
            guard let head else { return .readMore }
            rest = UnsafeRawBufferPointer(rebasing: rest.suffix(collector.unusedCount))
            guard let line = try? head.statusLine() else { throw .notHTTP }
            if (100..<200).contains(line.status), line.status != 101 {
                collector = HTTPHeadCollector(limits: Self.limits)
                matched = 0
                continue
            }
            try accept(line, head.headers)
            // The target speaks after we did, so whatever follows the head is not its.
            guard rest.isEmpty else { throw .unaskedBytes }
            return .opened
        }
        return .readMore
    }

    /// What is no HTTP is refused at its first byte, and not when a head has failed to end.
    private mutating func checkBeginning(_ bytes: UnsafeRawBufferPointer) throws(ProxyFailure) {
        for byte in bytes where matched < Self.beginning.count {
            if matched == 0, byte == 13 || byte == 10 { continue }
            guard byte == Self.beginning[matched] else { throw .notHTTP }
            matched += 1
        }
    }

    private func accept(_ line: HTTPHead.StatusLine, _ headers: HTTPHeaders) throws(ProxyFailure) {
        switch line.status {
        case 200..<300: return
        case 401, 407:
            let field = line.status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate"
            throw .signInNeeded(
                status: line.status, schemes: AuthenticationSchemes.names(in: headers.values(of: field)),
                hadCredentials: credentials != nil)
        default: throw .refused(status: line.status, reason: line.reason)
        }
    }
}

/// The ways to sign in that a server offers (RFC 9110, section 11.6.1).
enum AuthenticationSchemes {
    /// The names of the schemes, each once, as the server writes them.
    static func names(in fields: [String]) -> [String] {
        var names: [String] = []
        for field in fields {
            for member in members(of: field) {
                // `realm="…"` goes on with the challenge before; `Basic realm="…"` and `Negotiate` begin one.
                let word = member.prefix { $0 != " " && $0 != "\t" && $0 != "=" }
                let next = member[word.endIndex...].drop { $0 == " " || $0 == "\t" }.first
                guard next != "=", HTTPText.isToken(word.utf8) else { continue }
                if !names.contains(where: { $0.lowercased() == word.lowercased() }) {
                    names.append(String(word))
                }
            }
        }
        return names
    }

    /// Splits at the commas that do not stand in quotes.
    private static func members(of field: String) -> [Substring] {
        var isQuoted = false
        var isEscaped = false
        return field.split { character in
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = isQuoted
            } else if character == "\"" {
                isQuoted.toggle()
            }
            return character == "," && !isQuoted
        }.map { $0.drop { $0 == " " || $0 == "\t" } }
    }
}
