internal import Diagnostics
internal import Cryptography
internal import Posix

/// Issues and reads the access tokens: JSON Web Tokens signed with a key that only the emulator has (HS256).
struct AccessTokens: Sendable {
    /// What a token says.
    struct Claims: Hashable, Sendable {
        var audience: String
        var tenant: String
        var client: String
        /// Seconds since 1970.
        var expiry: Int
    }

    enum Failure: Error, Hashable, Sendable { case invalid, expired, audience }

    private let key: SecretBytes

    init(key: SecretBytes) { self.key = key }

    private static let header = Base64.encodeForURL(#"{"typ":"JWT","alg":"HS256","kid":"emulator"}"#.utf8)

    func issue(_ claims: Claims, issuer: String, at now: Int) -> String {
        let payload: JSON = [
            "aud": .text(claims.audience), "iss": .text(issuer), "iat": .integer(now), "nbf": .integer(now),
            "exp": .integer(claims.expiry), "appid": .text(claims.client), "appidacr": "1", "idtyp": "app",
            "oid": .text(claims.client), "sub": .text(claims.client), "tid": .text(claims.tenant),
            "ver": "1.0",
            "jti": .text(Base64.encodeForURL(RandomBytes.generate(12))),
        ]
        let signed = Self.header + "." + Base64.encodeForURL(payload.compact.utf8)
        return signed + "." + Base64.encodeForURL(signature(of: signed))
    }

    /// Reads a token that this emulator issued.
    func read(_ token: String, at now: Int) throws(Failure) -> Claims {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.header, let given = Base64.decodeFromURL(String(parts[2])),
            ConstantTime.equal(given, signature(of: "\(parts[0]).\(parts[1])")),
            let payload = Base64.decodeFromURL(String(parts[1])),
            let claims = Self.claims(String(decoding: payload, as: UTF8.self))
        else { throw .invalid }
        guard claims.expiry > now else { throw .expired }
        return claims
    }

    private func signature(of text: String) -> [UInt8] {
        var bytes = key.withBytes { Array($0) }
        defer { SecretBytes.wipe(&bytes) }
        return MessageAuthentication.sha256(Array(text.utf8), key: bytes)
    }

    /// Reads the payload, which is our own: its signature was checked.
    private static func claims(_ payload: String) -> Claims? {
        guard let audience = text("aud", in: payload), let tenant = text("tid", in: payload),
            let client = text("appid", in: payload), let expiry = number("exp", in: payload)
        else { return nil }
        return Claims(audience: audience, tenant: tenant, client: client, expiry: expiry)
    }

    private static func text(_ name: String, in payload: String) -> String? {
        guard let start = end(of: "\"\(name)\":\"", in: payload) else { return nil }
        return String(payload[start...].prefix { $0 != "\"" })
    }

    private static func number(_ name: String, in payload: String) -> Int? {
        guard let start = end(of: "\"\(name)\":", in: payload) else { return nil }
        return Int(payload[start...].prefix { $0.isNumber || $0 == "-" })
    }

    private static func end(of mark: String, in payload: String) -> String.Index? {
        var start = payload.startIndex
        while start < payload.endIndex {
            if payload[start...].hasPrefix(mark) { return payload.index(start, offsetBy: mark.count) }
            start = payload.index(after: start)
        }
        return nil
    }
}
