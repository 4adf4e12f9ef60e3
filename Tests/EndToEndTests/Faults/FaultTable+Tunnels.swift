import Posix
import TestSupport

// Faults of tunnels: how they are opened, what comes through them, how they end.
extension FaultTable {
    private static func upgrade(
        _ name: String, _ effect: String, _ code: String, _ words: String = "", time: Duration = opening
    ) -> FaultCase {
        FaultCase(name, "{on: websocket, port: PORT, \(effect)}", code, words: words, time: time)
    }

    static let upgrades = FaultGroup(
        "upgrades", width: 8,
        [
            upgrade("400", "status: 400", "tunnel.upgrade-refused", "400"),
            upgrade("401", "status: 401, body: empty", "tunnel.upgrade-refused", "401"),
            upgrade("403 with a page", "status: 403, body: html", "tunnel.upgrade-refused", "web page"),
            upgrade("200", "status: 200", "tunnel.upgrade-refused", "200"),
            upgrade(
                "a way elsewhere", "status: 302, location: \"https://portal.example\"",
                "tunnel.upgrade-refused", "302"),
            upgrade("404 each time", "status: 404", "tunnel.upgrade-refused", "404"),
            upgrade("429 each time", "status: 429", "tunnel.upgrade-refused", "429"),
            upgrade("500 each time", "status: 500", "tunnel.upgrade-refused", "500"),
            upgrade("503 with a page each time", "status: 503, body: html", "tunnel.upgrade-refused", "503"),
            upgrade(
                "403 with a body without end", "status: 403, framing: endless-body", "tunnel.upgrade-refused",
                "403"),
            upgrade(
                "403 with a body that does not come", "status: 403, framing: long-length",
                "tunnel.upgrade-refused", "403"),
            upgrade("no answer", "status: 503, delay: 10m", "tunnel.timed-out"),
            upgrade("silence", "status: 200, framing: silence", "tunnel.timed-out"),
            upgrade("half of a 101", "upgrade: half", "tunnel.timed-out"),
            upgrade("a 101 byte by byte", "pace: 100ms", "tunnel.timed-out"),
            upgrade("half of a 101 and the end", "upgrade: cut", "tunnel.upgrade-garbled"),
            upgrade("the end", "hangUp: true", "network.closed"),
            upgrade("a wrong answer to the key", "upgrade: wrong-accept", "tunnel.upgrade-garbled"),
            upgrade("no answer to the key", "upgrade: no-accept", "tunnel.upgrade-garbled"),
            upgrade("an extension that nobody offered", "upgrade: extension", "tunnel.upgrade-garbled"),
            upgrade(
                "interim answers without end", "status: 200, framing: endless-interim",
                "tunnel.upgrade-garbled"),
            upgrade("a head without end", "status: 200, framing: endless-head", "tunnel.upgrade-garbled"),
            upgrade("a page behind the 101", "upgrade: page", "tunnel.back-end-refused", time: opening * 3),
            upgrade("other bytes behind the 101", "upgrade: garbage", "tunnel.violation"),
            works("a 101 without its fields", "{on: websocket, port: PORT, upgrade: missing-headers}"),
            works(
                "503 once", "{on: websocket, port: PORT, status: 503, times: 1}", time: opening + drained),
            works(
                "a page behind the first 101", "{on: websocket, port: PORT, upgrade: page, times: 1}",
                time: opening + drained),
            works(
                "a reset before the answer, once",
                "{on: websocket, port: PORT, dropAfter: 100, direction: up, times: 1}",
                time: opening + drained),
        ])

    private static func message(_ shape: String, _ words: String) -> FaultCase {
        FaultCase(
            shape, "{on: websocket, port: PORT, messages: \(shape)}", "tunnel.violation", words: words)
    }

    static let frames = FaultGroup(
        "messages",
        [
            message("text", "text"), message("masked", "masked"), message("oversized", "length"),
            message("reserved-bits", "reserved bits"), message("unknown-opcode", "opcode 3"),
            message("long-form", "length"), message("continuation", "out of order"),
            FaultCase(
                "interrupted", "{on: websocket, port: PORT, messages: interrupted}", "tunnel.violation",
                words: "out of order", received: 600),
            message("fragmented-ping", "in pieces"), message("long-ping", "too long"),
            works("fragmented", "{on: websocket, port: PORT, messages: fragmented}"),
            works("empty", "{on: websocket, port: PORT, messages: empty}"),
            works("pings", "{on: websocket, port: PORT, messages: pings}"),
            FaultCase(
                "half", "{on: websocket, port: PORT, messages: half}", "tunnel.stalled", received: nil,
                time: FaultLab.stallTimeout + .seconds(1)),
        ])

    private static func close(_ code: Int, _ more: String = "") -> FaultCase {
        FaultCase(
            "\(code) \(more)", "{on: websocket, port: PORT, closeAfter: 100, code: \(code)\(more)}",
            "tunnel.closed-by-service", words: "code \(code)", received: 100)
    }

    private static func misclosed(_ effect: String) -> FaultCase {
        FaultCase(
            effect, "{on: websocket, port: PORT, closeAfter: 100, \(effect)}", "tunnel.violation",
            words: "close frame", received: 100)
    }

    private static func closed(_ effect: String) -> FaultCase {
        FaultCase(
            effect, "{on: websocket, port: PORT, closeAfter: 100, \(effect)}", ending: .tidy, received: 100)
    }

    static let closings = FaultGroup(
        "close frames",
        [1002, 1003, 1007, 1008, 1009, 1010, 1012, 1013, 1014, 3000, 4000, 4999].map { close($0) }
            + [
                close(1011, ", reason: the target is gone"), close(1011, ", reason: \"\\e[31m\\u202e\""),
                closed("code: 1000"), closed("code: 1001"), closed("closing: empty"),
                closed("code: 1000, closing: bytes-behind"), closed("code: 1000, closing: stays-open"),
                misclosed("code: 0"), misclosed("code: 999"), misclosed("code: 1005"),
                misclosed("code: 1006"),
                misclosed("code: 1015"), misclosed("code: 2000"), misclosed("code: 5000"),
                misclosed("closing: one-byte"), misclosed("closing: bad-reason"),
            ])

    private static func end(_ effect: String, _ words: String) -> FaultCase {
        FaultCase(
            effect, "{on: websocket, port: PORT, \(effect)}", "tunnel.dropped", words: words, received: nil)
    }

    static let endings = FaultGroup(
        "ends without a close frame",
        [
            end("dropAfter: 100", "reset"), end("endAfter: 100", "without closing"),
            end("finishAfter: 100", "without closing"), end("garbleAfter: 100", "TLS"),
            FaultCase(
                "endAfter: 100 when nothing more is sent", "{on: websocket, port: PORT, endAfter: 100}",
                "tunnel.dropped", words: "without closing", program: .endsSending, received: 100),
        ])

    static let stalls = FaultGroup(
        "standstill, and noise without end", width: 8,
        [
            FaultCase(
                "takes nothing", "{on: websocket, port: PORT, stallAfter: 0, stall: up}", "tunnel.dropped",
                words: "stopped answering", program: .uploads, time: FaultLab.stallTimeout + .seconds(3)),
            FaultCase(
                "takes nothing and says nothing", "{on: websocket, port: PORT, stallAfter: 100}",
                "tunnel.dropped", words: "stopped answering", program: .uploads,
                time: FaultLab.stallTimeout + .seconds(3)),
            FaultCase(
                "says nothing more", "{on: websocket, port: PORT, stallAfter: 100, stall: down}",
                program: .endsSending, ending: .tidy, received: 100, time: drained),
            FaultCase(
                "pings, and takes no answer", "{on: websocket, port: PORT, floodAfter: 100, flood: pings}",
                program: .endsSending, ending: .tidy, received: 100, time: drained),
            FaultCase(
                "pongs", "{on: websocket, port: PORT, floodAfter: 100, flood: pongs}", program: .endsSending,
                ending: .tidy, received: 100, time: drained),
            FaultCase(
                "empty messages", "{on: websocket, port: PORT, floodAfter: 100, flood: empty}",
                program: .endsSending, ending: .tidy, received: 100, time: drained),
            FaultCase(
                "empty fragments", "{on: websocket, port: PORT, floodAfter: 100, flood: fragments}",
                program: .endsSending, ending: .tidy, received: 100, time: drained),
        ])
}
