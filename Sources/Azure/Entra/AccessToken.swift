internal import FoundationEssentials
internal import Posix

/// An access token and how long it is good for. Short-lived, so it may be a string; never logged.
package struct AccessToken: Hashable, Sendable {
    package let value: String
    /// Seconds since 1970.
    package let obtainedOn: Int
    package let expiresOn: Int

    package init(value: String, obtainedOn: Int, expiresOn: Int) {
        self.value = value
        self.obtainedOn = obtainedOn
        self.expiresOn = expiresOn
    }

    /// Whether it lasts long enough to begin something with it.
    ///
    /// It counts as expired five minutes early, or a tenth of its lifetime where that is under ten minutes.
    /// One that was obtained in the future tells of a clock that was set back, and is not used.
    package func isUsable(at now: Int) -> Bool {
        let lifetime = expiresOn - obtainedOn
        let margin = lifetime < 600 ? lifetime / 10 : 300
        return lifetime > 0 && obtainedOn <= now + 300 && now < expiresOn - margin
    }
}

extension AccessToken {
    /// Reads a token endpoint's answer; numbers may be written as text.
    init(response body: [UInt8], now: Int) throws(AzureError) {
        guard let json = JSONValue.parse(body) else { throw .unreadable(.entra, field: "body") }
        guard let value = json["access_token"]?.string, Self.isToken(value) else {
            throw .unreadable(.entra, field: "access_token")
        }
        guard let seconds = json["expires_in"]?.integer, (1...10_000_000).contains(seconds) else {
            throw .unreadable(.entra, field: "expires_in")
        }
        self.init(value: value, obtainedOn: now, expiresOn: now + seconds)
    }

    /// Whether it can stand in a header: visible ASCII.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 65_536 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// As it is kept in the keyring.
    var stored: SecretBytes {
        // A token holds visible ASCII only; of that JSON escapes these two.
        let escaped = value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
        let text = #"{"token":"\#(String(escaped))","obtained_on":\#(obtainedOn),"expires_on":\#(expiresOn)}"#
        var bytes = Array(text.utf8)
        return SecretBytes(moving: &bytes)
    }

    /// Far beyond any real time, and small enough to be reckoned with.
    private static let times = 0...(1 << 48)

    /// - Returns: nil for an item that is damaged.
    init?(stored: SecretBytes) {
        guard let json = JSONValue.parse(stored.withBytes { Array($0) }),
            let value = json["token"]?.string, Self.isToken(value),
            let obtained = json["obtained_on"]?.integer, let expires = json["expires_on"]?.integer,
            Self.times.contains(obtained), Self.times.contains(expires)
        else { return nil }
        self.init(value: value, obtainedOn: obtained, expiresOn: expires)
    }
}
