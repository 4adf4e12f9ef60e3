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
        fault.fields = fields(reader)
        fault.framing = reader.choice("framing", Fault.Framing.self)
        fault.pace = reader.duration("pace")
        fault.hangUp = reader.boolean("hangUp") ?? false
        fault.handshake = reader.choice("handshake", Fault.Handshake.self)
        fault.certificate = reader.choice("certificate", Fault.Certificate.self)
        fault.upgrade = reader.choice("upgrade", Fault.Upgrade.self)
        fault.cut = TunnelCutDecoder.cut(reader)
        fault.messages = reader.choice("messages", Fault.Messages.self)
        guard occasion != nil else { return nil }
        check(fault, reader)
        return fault
    }

    private static func answer(_ reader: MapReader) -> Fault.Answer? {
        let status = reader.number("status", 200...599)
        let body = reader.choice("body", Fault.Answer.Body.self)
        let retryAfter = reader.number("retryAfter", 0...86_400)
        let location = reader.text("location")
        guard let status else {
            if body != nil || retryAfter != nil || location != nil {
                reader.report(
                    "emulator.fault-status",
                    "a fault has 'body', 'retryAfter' or 'location' but no 'status'", remedy: "add 'status'")
            }
            return nil
        }
        return Fault.Answer(status: status, body: body ?? .json, retryAfter: retryAfter, location: location)
    }

    private static func fields(_ reader: MapReader) -> [Fault.Field] {
        guard let map = reader.value("fields") else { return [] }
        guard map.kind == .mapping else {
            reader.report("emulator.wrong-type", "'fields' of the fault is not a map", at: map)
            return []
        }
        return map.pairs.compactMap { name, value in
            if value.isNull { return Fault.Field(name: name.text, value: .absent) }
            if value.isPlain, let number = MapReader.number(value.text, 0...Int(Int32.max)) {
                return Fault.Field(name: name.text, value: .number(number))
            }
            return reader.convert(value, name.text, "a text, a number or null") { $0 }
                .map { Fault.Field(name: name.text, value: .text($0)) }
        }
    }
}

// MARK: - What fits together

extension FaultDecoder {
    private static func check(_ fault: Fault, _ reader: MapReader) {
        let isTunnel = fault.upgrade != nil || fault.cut != nil || fault.messages != nil
        let isHandshake = fault.handshake != nil || fault.certificate != nil
        let isAnswer =
            fault.answer != nil || fault.framing != nil || fault.pace != nil || !fault.fields.isEmpty
        let isAny = isTunnel || isHandshake || isAnswer || fault.delay != nil || fault.hangUp
        if !isAny, reader.problems.isEmpty {
            reader.report(
                "emulator.fault-effect", "a fault does nothing",
                remedy: "give it an effect: status, framing, delay, hangUp, upgrade, messages, dropAfter, …")
        }
        if isTunnel, fault.occasion != .webSocket {
            occasion("a fault of a tunnel", "websocket", fault, reader)
        }
        if isHandshake, fault.occasion != .connect { occasion("a fault of TLS", "connect", fault, reader) }
        if isAnswer, fault.occasion == .connect {
            occasion("a fault of an answer", "tokens', or another request'", fault, reader)
        }
        if fault.port != nil, ![.tokens, .webSocket, .delete].contains(fault.occasion) {
            reader.report(
                "emulator.fault-occasion", "a fault on '\(fault.occasion.rawValue)' has a port",
                remedy: "leave 'port' out: only tokens, websocket and delete requests are for a port")
        }
        if fault.path != nil, fault.occasion == .connect {
            reader.report(
                "emulator.fault-occasion", "a fault on 'connect' has a path",
                remedy: "leave 'path' out: nothing is asked for yet")
        }
    }

    private static func occasion(_ what: String, _ right: String, _ fault: Fault, _ reader: MapReader) {
        reader.report(
            "emulator.fault-occasion", "\(what) is bound to '\(fault.occasion.rawValue)'",
            remedy: "set 'on: \(right)'")
    }
}

/// Reads what ends or halts a tunnel.
enum TunnelCutDecoder {
    static func cut(_ reader: MapReader) -> TunnelCut? {
        let closing = closing(reader)
        let stalled = reader.choice("stall", Fault.Direction.self)
        let flood = reader.choice("flood", TunnelCut.Flood.self)
        let direction = reader.choice("direction", Fault.Direction.self) ?? .down
        let endings: [(String, TunnelCut.Ending)] = [
            ("dropAfter", .drop), ("endAfter", .end), ("finishAfter", .finish), ("garbleAfter", .garble),
            ("closeAfter", .close(closing ?? .init())), ("stallAfter", .stall(stalled)),
            ("floodAfter", .flood(flood ?? .pings)),
        ]
        var cuts: [TunnelCut] = []
        for (key, ending) in endings {
            guard let count = reader.number(key, 0...Int(Int32.max)) else { continue }
            cuts.append(TunnelCut(afterBytes: count, direction: direction, ending: ending))
        }
        let isClose = cuts.contains { if case .close = $0.ending { true } else { false } }
        let isStall = cuts.contains { if case .stall = $0.ending { true } else { false } }
        let isFlood = cuts.contains { if case .flood = $0.ending { true } else { false } }
        need(isClose || closing == nil, "'code', 'reason' or 'closing' but no 'closeAfter'", reader)
        need(isStall || stalled == nil, "'stall' but no 'stallAfter'", reader)
        need(isFlood || flood == nil, "'flood' but no 'floodAfter'", reader)
        if cuts.count > 1 {
            reader.report(
                "emulator.fault-cut", "a fault ends or halts a tunnel in more than one way",
                remedy: "make a rule of each")
        }
        return cuts.first
    }

    private static func closing(_ reader: MapReader) -> TunnelCut.Closing? {
        let code = reader.number("code", 0...65535)
        let reason = reader.text("reason")
        let shape = reader.choice("closing", TunnelCut.Shape.self)
        guard code != nil || reason != nil || shape != nil else { return nil }
        return TunnelCut.Closing(code: UInt16(code ?? 1011), reason: reason ?? "", shape: shape)
    }

    private static func need(_ isFine: Bool, _ what: String, _ reader: MapReader) {
        if isFine { return }
        let missing = what.split(separator: "'").last { $0.hasSuffix("After") } ?? ""
        reader.report("emulator.fault-cut", "a fault has \(what)", remedy: "add '\(missing)'")
    }
}
