import Testing

@testable import Transport

@Suite struct OriginTests {
    @Test(arguments: [
        ("https://a.example", "a.example", 443, "a.example"),
        ("https://A.Example/", "a.example", 443, "a.example"),
        ("HTTPS://a.example:8443", "a.example", 8443, "a.example:8443"),
        ("https://a.example:443", "a.example", 443, "a.example"),
        ("https://[2001:db8::1]:8443", "2001:db8::1", 8443, "[2001:db8::1]:8443"),
        ("https://[::1]", "::1", 443, "[::1]"), ("https://127.0.0.1:1", "127.0.0.1", 1, "127.0.0.1:1"),
    ])
    func `reads an address`(_ text: String, _ host: String, _ port: UInt16, _ authority: String) throws {
        let origin = try #require(Origin(text))
        #expect(origin.host == host)
        #expect(origin.port == port)
        #expect(origin.authority == authority)
        #expect(origin.description == "https://\(authority)")
    }

    @Test(arguments: [
        "", "https://", "http://a", "a.example", "https://a/path", "https://a?q", "https://u@a",
        "https://u:p@a",
        "https://a:0", "https://a:65536", "https://a:+1", "https://a:1:2", "https://::1", "https://[::1",
        "https://[::1]x", "https://[a]", "https://a b", "https://a\r\nX: y", "https://é.example",
        "https://.a",
        "https://-a", "https:///",
    ])
    func `refuses what is none`(_ text: String) {
        #expect(Origin(text) == nil)
    }

    @Test(arguments: [
        ("https://a:1/x/y?z=1#f", "/x/y?z=1"), ("https://a:1?z", "/?z"), ("https://a:1", "/"),
        ("https://a:1#f", "/"),
    ])
    func `takes the target off`(_ text: String, _ target: String) throws {
        let parts = try #require(Origin.split(text))
        #expect(parts.origin == Origin(host: "a", port: 1))
        #expect(parts.target == target)
    }

    @Test func `refuses a target with blanks`() {
        #expect(Origin.split("https://a/x y") == nil)
    }
}

@Suite struct RetryAfterTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
    ])
    func `reads each form of a date`(_ text: String, _ seconds: Int) {
        #expect(HTTPDate.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nix 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "-5",
    ])
    func `refuses what is no date`(_ text: String) {
        #expect(HTTPDate.seconds(text) == nil)
        #expect(RetryAfter.wait(after: ["Retry-After": text], now: 0) == nil)
    }

    @Test func `waits for seconds or until a date by the server's clock`() {
        #expect(RetryAfter.wait(after: [:], now: 0) == nil)
        #expect(RetryAfter.wait(after: ["retry-after": "17"], now: 0) == .seconds(17))
        let date: HTTPHeaders = [
            "Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT",
        ]
        #expect(RetryAfter.wait(after: date, now: 0) == .seconds(10))
        let alone: HTTPHeaders = ["Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT"]
        #expect(RetryAfter.wait(after: alone, now: 784_111_782) == .seconds(5))
        #expect(RetryAfter.wait(after: alone, now: 784_111_999) == .seconds(0))
        #expect(RetryAfter.wait(after: ["Retry-After": "99999999999"], now: 0) == nil)
    }
}
