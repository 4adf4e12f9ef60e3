internal import Cryptography
internal import Glibc
internal import Posix
internal import Transport

/// Requests to one service: sends, retries what may pass, turns error answers into `AzureError`.
struct Exchange: Sendable {
    let service: AzureError.Service
    let http: any HTTPSending
    let policy: RetryPolicy

    /// Sends once.
    /// - Returns: an answer with a 2xx status.
    func send(_ request: HTTPRequest, to origin: Origin, until deadline: Instant) async throws(AzureError)
        -> HTTPResponse
    {
        let response: HTTPResponse
        do { response = try await http.send(request, to: origin, until: deadline) } catch {
            if case .connection(.cancelled) = error { throw .cancelled(service) }
            throw .unreachable(service, error)
        }
        guard response.isSuccess else {
            // A refusal may have been made of a success, on the way.
            _ = request.onBrokenAnswer?(response.body + response.surplus)
            throw .refused(Refusal(response, from: service, now: UnixTime.now()))
        }
        return response
    }

    /// Sends, and sends again while the failure may pass and the deadline allows it.
    func sendPersistently(_ request: HTTPRequest, to origin: Origin, until deadline: Instant)
        async throws(AzureError) -> HTTPResponse
    {
        var failures = 0
        while true {
            do { return try await send(request, to: origin, until: deadline) } catch {
                failures += 1
                let wait = policy.delay(
                    afterFailures: failures, retryAfter: error.retryAfter, chance: RandomValue.chance(),
                    left: Instant.now.duration(to: deadline))
                guard error.isRetryable, let wait else { throw error }
                guard await EventLoop.sleep(until: .now.advanced(by: wait)) else { throw .cancelled(service) }
            }
        }
    }
}

/// The wall clock, for what services count in seconds since 1970.
package enum UnixTime {
    package static func now() -> Int { time(nil) }
}

/// Values from OpenSSL's generator.
enum RandomValue {
    /// Evenly spread over 0..<1.
    static func chance() -> Double {
        let word = RandomBytes.generate(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Double(word) / 4_294_967_296
    }

    /// A version 4 UUID (RFC 9562, section 5.4), lower case.
    static func uuid() -> String {
        var bytes = RandomBytes.generate(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(Hex.encode(bytes))
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(hex[$0]) }.joined(separator: "-")
    }
}
