import Posix
import TestSupport

/// Every fault of the emulator, and what a user gets of it.
enum FaultTable {}

// Faults of the requests that make and end sessions.
extension FaultTable {
    private static let whole = 600

    /// Opening ends with the time for it, and no later.
    static let opening = FaultLab.connectTimeout + .milliseconds(300)
    /// A tunnel whose local program ended its sending side ends after the silence that it waits for.
    static let drained = FaultLab.drain + .milliseconds(500)

    /// A connection that works in the end.
    static func works(_ name: String, _ rule: String, time: Duration = drained, left: Int = 0) -> FaultCase {
        FaultCase(
            name, rule, program: .endsSending, ending: .tidy, received: whole, time: time, left: left)
    }

    private static func token(_ name: String, _ effect: String, _ code: String, _ words: String = "")
        -> FaultCase
    {
        FaultCase(name, "{on: tokens, port: PORT, \(effect)}", code, words: words)
    }

    static let refusedTokens = FaultGroup(
        "refused token requests",
        [
            token("400", "status: 400", "bastion.refused", "400"),
            token("401", "status: 401", "bastion.unauthorized", "did not accept the access token"),
            token("403", "status: 403", "bastion.forbidden", "does not let you connect"),
            token("404", "status: 404", "bastion.not-found", "does not know"),
            token("418 without a body", "status: 418, body: empty", "bastion.refused", "418"),
            token("204", "status: 204, body: empty", "azure.unreadable"),
            token("a page with 200", "status: 200, body: html", "azure.unreadable"),
            token("a page with 403", "status: 403, body: html", "bastion.forbidden", "web page"),
            token(
                "a way elsewhere", "status: 302, location: \"https://portal.example/\"", "azure.redirected",
                "302"),
            token(
                "a way elsewhere with the method", "status: 307, location: \"https://portal.example/\"",
                "azure.redirected", "307"),
        ])

    static let brokenTokens = FaultGroup(
        "token answers that cannot be used",
        [
            token(
                "no WebSocket token", "fields: {websocketToken: null}", "azure.unreadable", "websocketToken"),
            token("an empty WebSocket token", "fields: {websocketToken: \"\"}", "azure.unreadable"),
            token("a number for one", "fields: {websocketToken: 5}", "azure.unreadable", "websocketToken"),
            token("a line break in it", "fields: {websocketToken: \"a\\r\\nX: y\"}", "azure.unreadable"),
            token("other characters in it", "fields: {websocketToken: \"é\\u202e\"}", "azure.unreadable"),
            token("a space in it", "fields: {websocketToken: \"a b\"}", "azure.unreadable"),
            token("a length too small", "framing: short-length", "azure.unreadable"),
            token("two lengths", "framing: two-lengths", "azure.garbled"),
            token("a length that is no number", "framing: bad-length", "azure.garbled"),
            token("a chunk without a size", "framing: bad-chunk", "azure.garbled"),
            token("a body without end", "framing: endless-body", "azure.garbled"),
            token("a head without end", "status: 200, framing: endless-head", "azure.garbled"),
            token("interim answers without end", "status: 200, framing: endless-interim", "azure.garbled"),
            token("empty lines without end", "status: 200, framing: endless-lines", "azure.garbled"),
            token("a field of 1 MiB", "status: 200, framing: huge-head", "azure.garbled"),
            works(
                "members that nobody knows",
                "{on: tokens, port: PORT, fields: {more: \"\(String(repeating: "x", count: 5000))\"}}"),
            works("an answer byte by byte", "{on: tokens, port: PORT, pace: 1ms}", time: .seconds(1)),
        ])

    static let lateTokens = FaultGroup(
        "token answers that are late, or come later", width: 8,
        [
            FaultCase(
                "no answer", "{on: tokens, port: PORT, status: 503, delay: 10m}", "network.timed-out",
                time: opening),
            FaultCase(
                "a session that is named too late", "{on: tokens, port: PORT, delay: 6s}",
                "network.timed-out", time: opening),
            FaultCase(
                "silence", "{on: tokens, port: PORT, status: 200, framing: silence}", "network.timed-out",
                time: opening),
            FaultCase(
                "byte by byte", "{on: tokens, port: PORT, status: 403, pace: 100ms}", "network.timed-out",
                time: opening),
            FaultCase(
                "a length too large", "{on: tokens, port: PORT, framing: long-length}", "network.timed-out",
                time: opening),
            FaultCase(
                "a chunk that is the last and is not said to be",
                "{on: tokens, port: PORT, framing: open-chunk}", "network.timed-out", time: opening),
            FaultCase(
                "a body that is cut", "{on: tokens, port: PORT, framing: cut}", "azure.garbled",
                time: opening),
            FaultCase("the end", "{on: tokens, port: PORT, hangUp: true}", "network.closed", time: opening),
            FaultCase(
                "bytes that are no HTTP", "{on: tokens, port: PORT, status: 200, framing: garbage}",
                "azure.garbled", time: opening),
            FaultCase(
                "429 each time", "{on: tokens, port: PORT, status: 429}", "azure.throttled", time: opening),
            FaultCase(
                "500 each time", "{on: tokens, port: PORT, status: 500}", "azure.service-error", words: "500",
                time: opening),
            FaultCase(
                "a page with 502 each time", "{on: tokens, port: PORT, status: 502, body: html}",
                "azure.service-error", words: "web page", time: opening),
            works("503 twice", "{on: tokens, port: PORT, status: 503, times: 2}", time: opening + drained),
            works(
                "the end once", "{on: tokens, port: PORT, hangUp: true, times: 1}", time: opening + drained),
        ])

    static let deletions = FaultGroup(
        "deletions", width: 8,
        [
            works("500 three times", "{on: delete, port: PORT, status: 500, times: 3}"),
            works("500 once", "{on: delete, port: PORT, status: 500, times: 1}"),
            works("429 once", "{on: delete, port: PORT, status: 429, times: 1, retryAfter: 1}"),
            works("the end once", "{on: delete, port: PORT, hangUp: true, times: 1}"),
            works("an answer byte by byte", "{on: delete, port: PORT, pace: 10ms}"),
            works("404 for one that is there", "{on: delete, port: PORT, status: 404}", left: 1),
            works("500 each time", "{on: delete, port: PORT, status: 500}", left: 1),
            works("403", "{on: delete, port: PORT, status: 403}", left: 1),
            works("no answer", "{on: delete, port: PORT, status: 503, delay: 10m}", left: 1),
            works(
                "bytes that are no HTTP", "{on: delete, port: PORT, status: 200, framing: garbage}", left: 1),
        ])
}
