internal import Diagnostics
internal import YAML

/// Reads one rule of the list of faults.
enum FaultDecoder {
    static func fault(_ node: YAMLNode, _ outer: MapReader) -> Fault? {
        let reader = MapReader(node, "fault")
        defer { outer.add(reader.finish()) }
        let words = Fault.Occasion.allCases.map(\.rawValue).joined(separator: ", ")
        let occasion = reader.require("on", "one of \(words)") { Fault.Occasion(rawValue: $0) }
        var fault = Fault(occasion ?? .signIn)
        fault.path = reader.read("path", "a path") { $0.hasPrefix("/") ? $0 : nil }
        fault.port = reader.number("port", 1...65535).map { UInt16($0) }
        fault.nth = reader.number("nth", 1...1_000_000) ?? 1
        fault.times = reader.number("times", 1...1_000_000)
        fault.delay = reader.duration("delay")
        fault.answer = answer(reader)
        fault.hangUp = reader.boolean("hangUp") ?? false
        fault.upgrade = reader.choice("upgrade", Fault.Upgrade.self)
        fault.cut = cut(reader)
        fault.messages = reader.choice("messages", Fault.Messages.self)
        guard occasion != nil else { return nil }
        check(fault, reader)
        return fault
    }

    private static func answer(_ reader: MapReader) -> Fault.Answer? {
        let status = reader.number("status", 200...599)
        let body = reader.choice("body", Fault.Answer.Body.self)
        let retryAfter = reader.number("retryAfter", 0...86_400)
        guard let status else {
            if body != nil || retryAfter != nil {
                reader.report(
                    "emulator.fault-status", "a fault has 'body' or 'retryAfter' but no 'status'",
                    remedy: "add 'status'")
            }
            return nil
        }
        return Fault.Answer(status: status, body: body ?? .json, retryAfter: retryAfter)
    }

    private static func cut(_ reader: MapReader) -> Fault.Cut? {
        let bytes = 0...Int(Int32.max)
        let code = reader.number("code", 1000...4999)
        let reason = reader.text("reason")
        let direction = reader.choice("direction", Fault.Direction.self) ?? .down
        var cuts: [Fault.Cut] = []
        if let count = reader.number("dropAfter", bytes) {
            cuts.append(.init(afterBytes: count, direction: direction, ending: .drop))
        }
        if let count = reader.number("stallAfter", bytes) {
            cuts.append(.init(afterBytes: count, direction: direction, ending: .stall))
        }
        if let count = reader.number("closeAfter", bytes) {
            let ending = Fault.Ending.close(code: UInt16(code ?? 1011), reason: reason ?? "")
            cuts.append(.init(afterBytes: count, direction: direction, ending: ending))
        }
        if code != nil || reason != nil, !cuts.contains(where: \.ending.isClose) {
            reader.report(
                "emulator.fault-cut", "a fault has 'code' or 'reason' but no 'closeAfter'",
                remedy: "add 'closeAfter'")
        }
        if cuts.count > 1 {
            reader.report(
                "emulator.fault-cut",
                "a fault has more than one of 'dropAfter', 'stallAfter' and 'closeAfter'",
                remedy: "make a rule of each")
        }
        return cuts.first
    }

    private static func check(_ fault: Fault, _ reader: MapReader) {
        let isTunnel = fault.upgrade != nil || fault.cut != nil || fault.messages != nil
        let isAny = isTunnel || fault.delay != nil || fault.answer != nil || fault.hangUp
        if !isAny, reader.problems.isEmpty {
            reader.report(
                "emulator.fault-effect", "a fault does nothing",
                remedy: "add status, delay, hangUp, upgrade, dropAfter, stallAfter, closeAfter or messages")
        }
        if isTunnel, fault.occasion != .webSocket {
            reader.report(
                "emulator.fault-occasion", "a fault of a tunnel is bound to '\(fault.occasion.rawValue)'",
                remedy: "set 'on: websocket'")
        }
        if fault.port != nil, fault.occasion != .tokens, fault.occasion != .webSocket {
            reader.report(
                "emulator.fault-occasion", "a fault on '\(fault.occasion.rawValue)' has a port",
                remedy: "leave 'port' out: only tokens and websocket requests are for a port")
        }
    }
}
