import Testing

@testable import Benchmarks

@Suite struct PlainRequestTests {
    private let post = "POST /api/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"

    @Test func `ends behind its body`() throws {
        let request = try #require(try PlainRequest.parse(Array((post + "GET").utf8)))
        #expect(request.method == "POST" && request.path == "/api/tokens")
        #expect(request.headers == ["host": "a", "content-length": "3"])
        #expect(request.early == Array("GET".utf8))
    }

    @Test func `wants more bytes until it is whole`() throws {
        for count in 0..<post.utf8.count {
            #expect(try PlainRequest.parse(Array(post.utf8.prefix(count))) == nil)
        }
    }

    @Test(arguments: ["GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"])
    func `refuses what is no request`(text: String) {
        #expect(throws: StreamFailure.self) { try PlainRequest.parse(Array(text.utf8)) }
    }
}
