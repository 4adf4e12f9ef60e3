import Glibc
import Posix
import Testing
import Transport

@testable import Tunnels

/// Bytes in, bytes out, and every way in which a tunnel ends.
@Suite(.quietAndBusy) struct RelayTests {
    @Test(arguments: [1, 125, 126, 16_376, 16_377, 65_536, 1_500_000])
    func `carries bytes unchanged in both directions`(_ count: Int) async throws {
        try await withBench([ServerTunnel.echo(count)]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            let sent = pattern(count)
            #expect(try await program.exchange(sent) == sent)
            #expect(await failure == nil)
            let traffic = try #require(bench.journal.closed.first)
            #expect(traffic.sent == UInt64(count) && traffic.received == UInt64(count))
        }
    }

    @Test(arguments: [64, 1000, 100_000])
    func `cuts what it sends into messages of the size that is set`(_ size: Int) async throws {
        try await withBench([ServerTunnel.echo(40_000)], options: { $0.settings.messageSize = size }) {
            bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.exchange(pattern(40_000)) == pattern(40_000))
            #expect(await failure == nil)
        }
    }

    @Test func `takes frames that came in one piece with the upgrade's answer`() async throws {
        let script: ScriptedBastion.Script = { tunnel in
            let greeting = tunnel.encoder.frame(.binary, Array("SSH-2.0-test\r\n".utf8))
            try await tunnel.accept(greeting + tunnel.encoder.close(1000))
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == Array("SSH-2.0-test\r\n".utf8))
            #expect(await failure == nil)
        }
    }

    @Test func `joins fragments and answers pings between them`() async throws {
        let pongs = Pongs()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.raw([0x02, 3] + Array("abc".utf8))
            try await tunnel.raw(tunnel.encoder.frame(.ping, Array("one".utf8)))
            try await tunnel.raw([0x00, 0])
            try await tunnel.raw([0x00, 2] + Array("de".utf8))
            if case .pong(let payload) = try await tunnel.next() { pongs.payloads.append(payload) }
            try await tunnel.raw([0x80, 1] + Array("f".utf8))
            try await tunnel.close(nil)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == Array("abcdef".utf8))
            #expect(await failure == nil)
            #expect(pongs.payloads == [Array("one".utf8)])
        }
    }

    final class Pongs: @unchecked Sendable { var payloads: [[UInt8]] = [] }

    @Test func `pings a quiet service where that is asked for`() async throws {
        let pinged = Gate.Box()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            for _ in 1...2 { if try await tunnel.next() == .ping { pinged.count += 1 } }
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script], options: { $0.settings.ping = .milliseconds(10) }) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == [])
            #expect(await failure == nil)
            #expect(pinged.count == 2)
        }
    }

    // MARK: - Ends

    @Test(arguments: [1000, 1001, nil] as [UInt16?])
    func `takes a normal close for a tidy end`(_ code: UInt16?) async throws {
        let answer = Arrivals()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send(Array("bye".utf8))
            try await tunnel.close(code)
            answer.all.append(try await tunnel.untilClose())
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == Array("bye".utf8))
            #expect(await failure == nil)
        }
        // RFC 6455, section 5.5.1: with the code that it came with.
        #expect(answer.all == [.close(code)])
    }

    final class Arrivals: @unchecked Sendable { var all: [ServerTunnel.Arrival] = [] }

    @Test func `reports another close code with its reason, after delivering what came`() async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send(Array("half".utf8))
            try await tunnel.close(1011, reason: "target gone")
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == Array("half".utf8))
            guard case .closed(1011, "target gone")? = await failure else {
                Issue.record("not reported as closed")
                return
            }
            #expect(bench.bastion.issued.count == 1)
        }
    }

    @Test func `reports a connection that broke in mid-stream, and does not replace it`() async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send(pattern(10))
            _ = try await tunnel.receive(3)
            tunnel.drop()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read(10) == pattern(10))
            try await program.write([1, 2, 3])
            guard case .dropped? = await failure else {
                Issue.record("not reported as dropped")
                return
            }
            #expect(bench.bastion.issued.count == 1)
        }
    }

    @Test(arguments: [
        Array("HTTP/1.1 502 Bad Gateway\r\n\r\n".utf8), [0x81, 1, 65], [0xF2, 0],
        [0x82, 0x81, 0, 0, 0, 0, 1],
    ])
    func `ends when the service breaks the protocol after data`(_ garbage: [UInt8]) async throws {
        let answer = Arrivals()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send(pattern(10))
            try await tunnel.raw(garbage)
            answer.all.append(try await tunnel.untilClose())
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read(10) == pattern(10))
            guard case .violation(let violation)? = await failure else {
                Issue.record("not reported as a violation")
                return
            }
            #expect(answer.all == [.close(violation.closeCode)])
        }
    }

    @Test func `gives up on a target that should speak first and does not`() async throws {
        let answer = Arrivals()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            answer.all.append(try await tunnel.untilClose())
        }
        try await withBench(
            [script],
            options: {
                $0.settings.expectsFirstByte = true
                $0.settings.firstByteTime = .milliseconds(30)
            }
        ) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == [])
            guard case .silent(.milliseconds(30))? = await failure else {
                Issue.record("not reported as silent")
                return
            }
            #expect(bench.bastion.issued.count == 1)
        }
        #expect(answer.all == [.close(1000)])
    }

    @Test func `ends when cancelled in the middle of a transfer, with a close and the session deleted`()
        async
        throws
    {
        let answer = Arrivals()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send(pattern(100_000))
            answer.all.append(try await tunnel.untilClose())
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            try await withThrowingTaskGroup(of: TunnelFailure?.self) { group in
                group.addTask { await bench.carry(end) }
                #expect(try await program.read(100_000) == pattern(100_000))
                group.cancelAll()
                guard case .cancelled?? = try await group.next() else {
                    Issue.record("not reported as cancelled")
                    return
                }
            }
        }
        #expect(answer.all == [.close(1000)])
    }

    // MARK: - Half-close

    @Test func `delivers what still comes after the local program ended its sending side`() async throws {
        let halfClosed = Gate.Box()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            await halfClosed.gate?.pass()
            for part in 0..<3 { try await tunnel.send([UInt8](repeating: UInt8(part), count: 30_000)) }
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let gate = Gate()
            halfClosed.gate = gate
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write(Array("hello".utf8))
            program.socket.finishSending()
            gate.open()
            let expected = (0..<3).flatMap { [UInt8](repeating: UInt8($0), count: 30_000) }
            #expect(try await program.read() == expected)
            #expect(await failure == nil)
        }
    }

    @Test func `closes with 1000 when the service stays silent for the drain time`() async throws {
        let answer = Arrivals()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            try await tunnel.send([7])
            answer.all.append(try await tunnel.untilClose())
        }
        try await withBench([script], options: { $0.settings.drain = .milliseconds(30) }) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write(Array("hello".utf8))
            program.socket.finishSending()
            #expect(try await program.read() == [7])
            #expect(await failure == nil)
        }
        #expect(answer.all == [.close(1000)])
    }

    @Test func `does not take a local program that is slow to read for a silent service`() async throws {
        let count = 2_000_000
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            for start in stride(from: 0, to: count, by: 50_000) {
                try await tunnel.send([UInt8](repeating: UInt8(start / 50_000), count: 50_000))
            }
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script], options: { $0.settings.drain = .milliseconds(30) }) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write(Array("hello".utf8))
            program.socket.finishSending()
            // The buffers are full and nothing moves, for several times the drain time.
            while await !program.isStalled() {}
            let received = try await program.read()
            #expect(received.count == count && received.last == UInt8(count / 50_000 - 1))
            #expect(await failure == nil)
        }
    }

    @Test func `closes at once when the local program is gone`() async throws {
        let answer = Arrivals()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send([1])
            #expect(try await tunnel.receive(2) == [8, 9])
            answer.all.append(try await tunnel.untilClose())
        }
        try await withBench([script], options: { $0.settings.drain = .seconds(1000) }) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read(1) == [1])
            try await program.write([8, 9])
            program.socket.close()
            #expect(await failure == nil)
        }
        #expect(answer.all == [.close(1000)])
    }

    @Test func `delivers in full though the service does not wait for the answer to its close`() async throws
    {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(1)
            try await tunnel.send(pattern(400_000))
            try await tunnel.close(1000)
            tunnel.tls.close()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write([1])
            #expect(try await program.read() == pattern(400_000))
            #expect(await failure == nil)
        }
    }
}

extension Gate {
    /// A gate that is made on the loop, later than the script that waits for it; and a count.
    final class Box: @unchecked Sendable {
        var gate: Gate?
        var count = 0
    }
}

// MARK: - Back-pressure

@Suite(.quietAndBusy) struct BackPressureTests {
    static let total = 24 * 1024 * 1024
    static let part = [UInt8](repeating: 0xA5, count: 64 * 1024)

    @Test func `a local program that does not read stops the service`() async throws {
        let sent = Gate.Box()
        let script: ScriptedBastion.Script = { tunnel in
            var size: CInt = 128 * 1024
            setsockopt(
                tunnel.tls.socket.descriptor.rawValue, SOL_SOCKET, SO_SNDBUF, &size,
                socklen_t(MemoryLayout<CInt>.size))
            try await tunnel.accept()
            while sent.count < Self.total {
                try await tunnel.send(Self.part)
                sent.count += Self.part.count
            }
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            var before = -1
            while before != sent.count || sent.count == 0 {
                before = sent.count
                _ = await program.isStalled()
            }
            #expect(sent.count < Self.total)
            #expect(try await program.read().count == Self.total)
            #expect(await failure == nil)
        }
    }

    @Test func `a service that does not read stops the local program`() async throws {
        let box = Gate.Box()
        let script: ScriptedBastion.Script = { tunnel in
            var size: CInt = 128 * 1024
            setsockopt(
                tunnel.tls.socket.descriptor.rawValue, SOL_SOCKET, SO_RCVBUF, &size,
                socklen_t(MemoryLayout<CInt>.size))
            try await tunnel.accept()
            await box.gate?.pass()
            box.count = try await tunnel.receive(Self.total).count
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let gate = Gate()
            box.gate = gate
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            var sent = 0
            while sent < Self.total {
                let progress = try Self.part.withUnsafeBytes { try program.socket.write($0) }
                if case .done(let count) = progress {
                    sent += count
                } else if await program.isStalled() {
                    break
                }
            }
            #expect(sent < Self.total)
            gate.open()
            try await program.write([UInt8](repeating: 0xA5, count: Self.total - sent))
            #expect(try await program.read() == [])
            #expect(await failure == nil)
            #expect(box.count == Self.total)
        }
    }
}
