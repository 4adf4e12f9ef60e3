package import Posix
package import Transport

/// What sends a request: the HTTP client, or a script in tests.
package protocol HTTPSending: Sendable {
    func send(_ request: HTTPRequest, to origin: Origin, until deadline: Instant) async throws(HTTPError)
        -> HTTPResponse
}

extension HTTPClient: HTTPSending {}
