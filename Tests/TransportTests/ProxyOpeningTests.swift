import Cryptography
import Posix
import TestSupport
import Testing

@testable import Transport

/// TLS connections through proxies that are played by the test.
@Suite struct ProxyOpeningTests {
    /// One end of a plain connection, read and written as a script says.
    final class Peer {
        let socket: StreamSocket
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)

        init(_ descriptor: FileDescriptor) throws {
            socket = try StreamSocket(adopting: descriptor, wakeUp: WakeUp())
        }

        deinit { buffer.deallocate() }

        /// Reads exactly so many bytes; fewer at the end.
        func read(_ count: Int) async throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let space = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(4096, count - bytes.count)])
                switch try socket.read(into: space) {
                case .done(let more): bytes += space[..<more]
                case .wouldBlock:
                    if await socket.wakeUp.wait(until: soon()) != .signalled { throw CancellationError() }
                case .ended: return bytes
                }
            }
            return bytes
        }

        func readHead() async throws -> String {
            var bytes: [UInt8] = []
            while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                let byte = try await read(1)
                if byte.isEmpty { break }
                bytes += byte
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        /// Byte by byte, so that what is sent arrives in pieces.
        func write(_ bytes: [UInt8]) throws {
            for byte in bytes { _ = try [byte].withUnsafeBytes { try socket.write($0) } }
        }
    }

    private static func credentials() -> ProxyCredentials {
        ProxyCredentials(
            user: SecretBytes(copying: Array("me".utf8)), password: SecretBytes(copying: Array("pass".utf8)))
    }

    private static func proxy(
        _ kind: Proxy.Kind, _ port: UInt16, host: String = "127.0.0.1", withCredentials: Bool = false
    ) -> ProxyRoute {
        .proxy(
            Proxy(
                kind, host: host, port: port, credentials: withCredentials ? credentials() : nil,
                variable: "HTTPS_PROXY"))
    }

    /// Connects through a proxy of that script and sends bytes there and back.
    private static func exchange(
        _ host: String, _ client: TLSContext, _ kind: Proxy.Kind, withCredentials: Bool = false,
        proxy: @escaping @Sendable (FileDescriptor) async throws -> Void
    ) async throws {
        try await onLoop {
            try await withServer(proxy) { port in
                let connection = try await TLSConnection.connect(
                    to: host, port: 8443, context: client,
                    through: Self.proxy(kind, port, withCredentials: withCredentials), wakeUp: WakeUp(),
                    until: soon())
                let sent = RandomBytes.generate(100_000)
                try await connection.writeAll(sent, until: soon())
                #expect(try await connection.read(count: sent.count) == sent)
                connection.finish()
                #expect(try await connection.read(count: 1).isEmpty)
            }
        }
    }

    /// What comes of a connection through a proxy of that script.
    private static func outcome(
        _ kind: Proxy.Kind, _ client: TLSContext, within time: Duration = .seconds(30),
        proxy: @escaping @Sendable (FileDescriptor) async throws -> Void
    ) async throws -> ProxyError? {
        try await onLoop {
            nonisolated(unsafe) var found: ProxyError?
            try await withServer(proxy) { port in
                let start = Instant.now
                defer { #expect(start.duration(to: .now) < time + .seconds(15)) }
                let error = await failure(TLSError.self) {
                    _ = try await TLSConnection.connect(
                        to: "vm.example", port: 443, context: client, through: Self.proxy(kind, port),
                        wakeUp: WakeUp(), until: .now.advanced(by: time))
                }
                guard case .proxy(let problem) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(problem.proxy == "\(kind.rawValue)://127.0.0.1:\(port)")
                #expect(problem.variable == "HTTPS_PROXY")
                found = problem
            }
            return found
        }
    }

    @Test(arguments: [("vm.example", "vm.example"), ("[2001:db8::1]", "[2001:db8::1]")])
    func `opens a tunnel over HTTP and verifies the target behind it`(_ host: String, _ shown: String)
        async throws
    {
        let authority = try TestAuthority()
        let target = try authority.server(for: ["vm.example", "2001:db8::1"])
        let notes = Notes()
        try await Self.exchange(host, try authority.client(), .http, withCredentials: true) { descriptor in
            let peer = try Peer(descriptor)
            notes.add(try await peer.readHead())
            try peer.write(Array("HTTP/1.1 200 OK\r\nVia: x\r\n\r\n".utf8))
            try await echo(TLSConnection.accept(over: peer.socket, context: target, until: soon()))
        }
        #expect(
            notes.all == [
                "CONNECT \(shown):8443 HTTP/1.1\r\nHost: \(shown):8443\r\n"
                    + "Proxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n"
            ])
    }

    @Test(arguments: [
        (Proxy.Kind.socks5h, "vm.localhost", [3, 12] + Array("vm.localhost".utf8)),
        (.socks5h, "127.0.0.1", [1, 127, 0, 0, 1]),
        (.socks5, "vm.localhost", [1, 127, 0, 0, 1]),
    ])
    func `opens a tunnel over SOCKS, with the name or the address`(
        _ kind: Proxy.Kind, _ host: String, _ place: [UInt8]
    ) async throws {
        let authority = try TestAuthority()
        let target = try authority.server(for: ["vm.localhost", "127.0.0.1"])
        let notes = Notes()
        try await Self.exchange(host, try authority.client(), kind, withCredentials: true) { descriptor in
            let peer = try Peer(descriptor)
            notes.add("\(try await peer.read(4))")
            try peer.write([5, 2])
            notes.add("\(try await peer.read(9))")
            try peer.write([1, 0])
            notes.add("\(try await peer.read(3 + place.count + 2))")
            try peer.write([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
            try await echo(TLSConnection.accept(over: peer.socket, context: target, until: soon()))
        }
        let signIn = [1, 2] + Array("me".utf8) + [4] + Array("pass".utf8)
        #expect(notes.all == ["[5, 2, 0, 2]", "\(signIn)", "\([5, 1, 0] + place + [0x20, 0xFB])"])
    }

    @Test func `tries the next address where the proxy does not reach the first`() async throws {
        let authority = try TestAuthority()
        let target = try authority.server(for: ["vm.localhost"])
        let notes = Notes()
        try await Self.exchange("vm.localhost", try authority.client(), .socks5) { descriptor in
            let peer = try Peer(descriptor)
            _ = try await peer.read(3)
            try peer.write([5, 0])
            let isFour = try await peer.read(4).last == 1
            notes.add(isFour ? "IPv4" : "IPv6")
            _ = try await peer.read(isFour ? 6 : 18)
            try peer.write([5, isFour ? 3 : 0, 0, 1, 0, 0, 0, 0, 0, 0])
            if isFour { return }
            try await echo(TLSConnection.accept(over: peer.socket, context: target, until: soon()))
        }
        #expect(notes.all == ["IPv4", "IPv6"])
    }

    @Test func `says what a proxy said of the first address, if none does`() async throws {
        let client = try TestAuthority().client()
        let error = try await onLoop { () -> TLSError? in
            nonisolated(unsafe) var found: TLSError?
            try await withServer({ descriptor in
                let peer = try Peer(descriptor)
                _ = try await peer.read(3)
                try peer.write([5, 0])
                let isFour = try await peer.read(4).last == 1
                try peer.write([5, isFour ? 5 : 3])
                _ = try await peer.read(100)
            }) { port in
                found = await failure(TLSError.self) {
                    _ = try await TLSConnection.connect(
                        to: "vm.localhost", port: 443, context: client, through: Self.proxy(.socks5, port),
                        wakeUp: WakeUp(), until: soon())
                }
            }
            return found
        }
        guard case .proxy(let problem) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.failure == .socksRefused(.connectionRefused))
    }
}

// MARK: - Proxies behind TLS

extension ProxyOpeningTests {
    /// Passes TLS within TLS on to a target that is a port of this machine.
    private static func secureProxy(_ outer: TLSContext, target: UInt16, notes: Notes)
        -> @Sendable (FileDescriptor) async throws -> Void
    {
        { descriptor in
            let connection = try await TLSConnection.accept(
                descriptor, context: outer, wakeUp: WakeUp(), until: soon())
            defer { connection.close() }
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                head += try await connection.read(count: 1)
            }
            notes.add(String(decoding: head.prefix { $0 != 13 }, as: UTF8.self))
            try await connection.writeAll(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), until: soon())
            let address = try #require(SocketAddress(literal: "127.0.0.1", port: target))
            let onward = try await StreamSocket.connect(
                to: address, wakeUp: connection.wakeUp, until: soon())
            try await relay(connection, onward)
        }
    }

    private static func relay(_ near: TLSConnection, _ far: StreamSocket) async throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            var hasMoved = false
            switch try near.read(into: buffer) {
            case .done(let count):
                hasMoved = true
                var sent = 0
                while sent < count {
                    let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[sent..<count])
                    if case .done(let more) = try far.write(rest) {
                        sent += more
                    } else {
                        if await near.wakeUp.wait(until: soon()) != .signalled { return }
                    }
                }
            case .wouldBlock: break
            case .ended: return
            }
            switch try far.read(into: buffer) {
            case .done(let count):
                hasMoved = true
                try await near.writeAll(Array(buffer[..<count]), until: soon())
            case .wouldBlock: break
            case .ended: return near.finish()
            }
            if !hasMoved, await near.wakeUp.wait(until: soon()) == .cancelled { return }
        }
    }

    @Test func `carries TLS within TLS, there and back, to its end`() async throws {
        let authority = try TestAuthority()
        let (inner, outer) = (try authority.server(for: ["vm.example"]), try authority.server())
        let client = try authority.client()
        let notes = Notes()
        let sent = RandomBytes.generate(3_000_000)
        try await onLoop {
            try await withTLSServer(inner, echo) { target in
                let proxy = Self.secureProxy(outer, target: target, notes: notes)
                try await withServer(proxy) { port in
                    let connection = try await TLSConnection.connect(
                        to: "vm.example", port: 8443, context: client,
                        through: Self.proxy(.https, port, host: "localhost"), wakeUp: WakeUp(), until: soon())
                    var received: [UInt8] = []
                    for start in stride(from: 0, to: sent.count, by: 100_000) {
                        try await connection.writeAll(
                            Array(sent[start..<min(start + 100_000, sent.count)]), until: soon())
                        received += try await connection.read(count: min(100_000, sent.count - start))
                    }
                    #expect(received == sent)
                    connection.finish()
                    #expect(try await connection.read(count: 1).isEmpty)
                    connection.close()
                }
            }
        }
        #expect(notes.all == ["CONNECT vm.example:8443 HTTP/1.1"])
    }

    @Test func `tells a proxy that ends its TLS from a target that ends its own`() async throws {
        let authority = try TestAuthority()
        let (inner, outer) = (try authority.server(for: ["vm.example"]), try authority.server())
        let client = try authority.client()
        let cut: @Sendable (TLSConnection) async throws -> Void = { connection in
            _ = try await connection.read(count: 1)
            // The target is gone without a word of TLS; the proxy then ends its stream tidily.
        }
        try await onLoop {
            try await withTLSServer(inner, cut) { target in
                let proxy = Self.secureProxy(outer, target: target, notes: Notes())
                try await withServer(proxy) { port in
                    let connection = try await TLSConnection.connect(
                        to: "vm.example", port: 8443, context: client,
                        through: Self.proxy(.https, port, host: "localhost"), wakeUp: WakeUp(), until: soon())
                    try await connection.writeAll([1], until: soon())
                    let error = await failure(TLSError.self) { _ = try await connection.read(count: 1) }
                    #expect(error == .closed(.transfer))
                }
            }
        }
    }

    @Test func `verifies the certificate of the proxy, by its own name`() async throws {
        let authority = try TestAuthority()
        let outer = try authority.server(for: ["vm.example"])
        let error = try await Self.outcome(.https, try authority.client()) { descriptor in
            _ = try await TLSConnection.accept(
                descriptor, context: outer, wakeUp: WakeUp(), until: soon())
        }
        guard case .unreachable(.certificate(let problem)) = error?.failure else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.kind == .nameMismatch && problem.host == "127.0.0.1")
    }
}

// MARK: - Faults

extension ProxyOpeningTests {
    @Test(arguments: [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            ProxyFailure.signInNeeded(status: 407, schemes: [], hadCredentials: false)
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nabc",
            .refused(status: 502, reason: "Bad Gateway")
        ),
        ("SSH-2.0-x\r\n", .notHTTP), ("HTTP/1.1 20", .closed), ("", .closed),
    ])
    func `reports what a proxy answers instead`(_ answer: String, _ expected: ProxyFailure) async throws {
        let error = try await Self.outcome(.http, try TestAuthority().client()) { descriptor in
            let peer = try Peer(descriptor)
            _ = try await peer.readHead()
            try? peer.write(Array(answer.utf8))
        }
        #expect(error?.failure == expected)
    }

    @Test func `reads no more of an answer than any proxy has`() async throws {
        let error = try await Self.outcome(.http, try TestAuthority().client()) { descriptor in
            let peer = try Peer(descriptor)
            _ = try await peer.readHead()
            try? peer.write(Array("HTTP/1.1 200 OK\r\nX: ".utf8) + [UInt8](repeating: 65, count: 20_000))
        }
        #expect(error?.failure == .answerTooLong)
    }

    @Test(arguments: [Proxy.Kind.http, .socks5h, .https])
    func `gives a proxy up that takes the connection and says nothing`(_ kind: Proxy.Kind) async throws {
        let client = try TestAuthority().client()
        let error = try await Self.outcome(kind, client, within: .milliseconds(50)) { descriptor in
            _ = try await Peer(descriptor).read(100_000)
        }
        #expect(error?.failure == (kind == .https ? .unreachable(.timedOut(.handshake)) : .timedOut))
    }

    @Test func `gives a proxy up that answers a byte at a time for ever`() async throws {
        let client = try TestAuthority().client()
        let error = try await Self.outcome(.http, client, within: .milliseconds(60)) { descriptor in
            let peer = try Peer(descriptor)
            _ = try await peer.readHead()
            try peer.write(Array("HTTP/1.1 200 OK\r\nX: ".utf8))
            while await EventLoop.sleep(until: .now.advanced(by: .milliseconds(1))) {
                guard (try? peer.write([65])) != nil else { return }
            }
        }
        #expect(error?.failure == .timedOut)
    }

    @Test(arguments: [
        (
            "junk instead of TLS, and all of it is read\r\n",
            TLSError.handshake(reasons: ["wrong version number"])
        ),
        ("", .closed(.handshake)),
    ])
    func `says of TLS that fails behind a proxy which one it was`(_ answer: String, _ expected: TLSError)
        async
        throws
    {
        let error = try await Self.outcome(.http, try TestAuthority().client()) { descriptor in
            let peer = try Peer(descriptor)
            _ = try await peer.readHead()
            try peer.write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
            // The hello comes first, so that the answer is not taken for more of the head.
            _ = try await peer.read(200)
            try peer.write(Array(answer.utf8))
            peer.socket.finishSending()
            // Who gives up with bytes unread resets the connection.
            _ = try? await peer.read(100_000)
        }
        #expect(error?.failure == .behind(expected))
    }

    @Test func `says that nobody listens where the proxy should be`() async throws {
        let client = try TestAuthority().client()
        try await onLoop {
            let listener = try Listener(on: try #require(SocketAddress(literal: "127.0.0.1", port: 0)))
            let address = try #require(listener.address)
            listener.close()
            let error = await failure(TLSError.self) {
                _ = try await TLSConnection.connect(
                    to: "vm.example", port: 443, context: client, through: Self.proxy(.http, address.port),
                    wakeUp: WakeUp(), until: soon())
            }
            guard case .proxy(let problem) = error,
                case .unreachable(.notConnected(_, let port, let attempts)) = problem.failure
            else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(port == address.port && attempts.map(\.address) == [address])
        }
    }

    @Test func `ends with the task, and says only that`() async throws {
        let client = try TestAuthority().client()
        try await onLoop {
            let asked = WakeUp()
            try await withServer({ descriptor in
                let peer = try Peer(descriptor)
                _ = try await peer.readHead()
                asked.signal()
                _ = try await peer.read(1)
            }) { port in
                let task = Task(executorPreference: EventLoop.current) { () -> TLSError? in
                    do throws(TLSError) {
                        _ = try await TLSConnection.connect(
                            to: "vm.example", port: 443, context: client, through: Self.proxy(.http, port),
                            wakeUp: WakeUp(), until: soon())
                        return nil
                    } catch { return error }
                }
                _ = await asked.wait(until: soon())
                task.cancel()
                #expect(await task.value == .cancelled)
            }
        }
    }
}
