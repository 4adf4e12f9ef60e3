import TestSupport
import Cryptography
import Posix
import Testing

@testable import Transport

@Suite struct TLSConnectionTests {
    @Test(arguments: ["localhost", "LOCALHOST", "127.0.0.1"])
    func `carries bytes both ways to a verified name or address`(_ host: String) async throws {
        let authority = try TestAuthority()
        let (server, client) = (try authority.server(), try authority.client())
        try await onLoop {
            try await withTLSServer(server, echo) { port in
                let connection = try await TLSConnection.connect(
                    to: host, port: port, context: client, wakeUp: WakeUp(), until: soon())
                try await connection.writeAll(Array("hello".utf8), until: soon())
                #expect(try await connection.read(count: 5) == Array("hello".utf8))
                #expect(connection.protocolVersion == "TLSv1.3")
                #expect(connection.cipherName == "TLS_AES_128_GCM_SHA256")
                connection.finish()
                #expect(try await connection.read(count: 1).isEmpty)
            }
        }
    }

    @Test func `carries more than the sockets hold, both ways at once`() async throws {
        let authority = try TestAuthority()
        let (server, client) = (try authority.server(), try authority.client())
        let sent = RandomBytes.generate(8 * 1024 * 1024)
        try await onLoop {
            try await withTLSServer(server, echo) { port in
                let connection = try await TLSConnection.connect(
                    to: "localhost", port: port, context: client, wakeUp: WakeUp(), until: soon())
                var (position, received) = (0, [UInt8]())
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
                defer { buffer.deallocate() }
                while received.count < sent.count {
                    var hasMoved = false
                    if position < sent.count {
                        let progress = try sent.withUnsafeBytes { all in
                            try connection.write(
                                UnsafeRawBufferPointer(rebasing: all[position...].prefix(100_000)))
                        }
                        if case .done(let count) = progress {
                            position += count
                            hasMoved = true
                        }
                    }
                    switch try connection.read(into: buffer) {
                    case .done(let count):
                        received += buffer[..<count]
                        hasMoved = true
                    case .wouldBlock: break
                    case .ended: throw TLSError.closed(.transfer)
                    }
                    if !hasMoved { #expect(await connection.wakeUp.wait(until: soon()) == .signalled) }
                }
                #expect(Digest.sha256(received) == Digest.sha256(sent))
            }
        }
    }

    @Test func `resumes a session for the same host and port`() async throws {
        let authority = try TestAuthority()
        let (server, client) = (try authority.server(), try authority.client())
        try await onLoop {
            try await withTLSServer(server, echo) { port in
                var resumed: [Bool] = []
                for host in ["localhost", "localhost", "127.0.0.1"] {
                    let connection = try await TLSConnection.connect(
                        to: host, port: port, context: client, wakeUp: WakeUp(), until: soon())
                    // Tickets come behind the handshake, so something must be read.
                    try await connection.writeAll([1], until: soon())
                    #expect(try await connection.read(count: 1) == [1])
                    resumed.append(connection.isResumed)
                    connection.close()
                }
                #expect(resumed == [false, true, false])
            }
        }
    }

    @Test func `tells a cut connection from an ended one`() async throws {
        let authority = try TestAuthority()
        let (server, client) = (try authority.server(), try authority.client())
        try await onLoop {
            let serve: @Sendable (TLSConnection) async throws -> Void = { connection in
                let wish = try await connection.read(count: 1)
                if wish == [1] { connection.finish() }
            }
            try await withTLSServer(server, serve) { port in
                for isClean in [true, false] {
                    let connection = try await TLSConnection.connect(
                        to: "localhost", port: port, context: client, wakeUp: WakeUp(), until: soon())
                    try await connection.writeAll([isClean ? 1 : 0], until: soon())
                    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
                    defer { buffer.deallocate() }
                    var progress = try connection.read(into: buffer)
                    while progress == .wouldBlock {
                        #expect(await connection.wakeUp.wait(until: soon()) == .signalled)
                        progress = try connection.read(into: buffer)
                    }
                    #expect(progress == .ended(clean: isClean))
                    #expect(try connection.read(into: buffer) == .ended(clean: isClean))
                    if !isClean {
                        #expect(throws: TLSError.closed(.transfer)) {
                            try [UInt8(1)].withUnsafeBytes { try connection.write($0) }
                        }
                    }
                }
            }
        }
    }

    @Test func `gives a silent server up at the deadline`() async throws {
        let client = try TestAuthority().client()
        try await onLoop {
            try await withServer({ _ in _ = await WakeUp().wait() }) { port in
                let start = Instant.now
                let error = await failure(TLSError.self) {
                    _ = try await TLSConnection.connect(
                        to: "localhost", port: port, context: client, wakeUp: WakeUp(),
                        until: start.advanced(by: .milliseconds(50)))
                }
                #expect(error == .timedOut(.handshake))
                #expect(start.duration(to: .now) >= .milliseconds(50))
            }
        }
    }

    @Test func `says that a server does not speak TLS`() async throws {
        let client = try TestAuthority().client()
        try await onLoop {
            try await withServer({ descriptor in
                let socket = try StreamSocket(adopting: descriptor, wakeUp: WakeUp())
                _ = try Array("SSH-2.0-OpenSSH_9.2\r\n".utf8).withUnsafeBytes { try socket.write($0) }
                _ = await socket.wakeUp.wait(until: soon())
            }) { port in
                let error = await failure(TLSError.self) {
                    _ = try await TLSConnection.connect(
                        to: "localhost", port: port, context: client, wakeUp: WakeUp(), until: soon())
                }
                #expect(error == .handshake(reasons: ["wrong version number"]))
            }
        }
    }

    @Test func `says that a server closed instead of shaking hands`() async throws {
        let client = try TestAuthority().client()
        try await onLoop {
            try await withServer({ descriptor in
                // The hello is read first: closing with unread bytes would be a reset.
                let socket = try StreamSocket(adopting: descriptor, wakeUp: WakeUp())
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
                defer { buffer.deallocate() }
                while try socket.read(into: buffer) == .wouldBlock { _ = await socket.wakeUp.wait() }
                socket.close()
            }) { port in
                let error = await failure(TLSError.self) {
                    _ = try await TLSConnection.connect(
                        to: "localhost", port: port, context: client, wakeUp: WakeUp(), until: soon())
                }
                #expect(error == .closed(.handshake))
            }
        }
    }

    @Test func `says that nobody listens`() async throws {
        let client = try TestAuthority().client()
        try await onLoop {
            let listener = try Listener(on: try #require(SocketAddress(literal: "127.0.0.1", port: 0)))
            let port = try #require(listener.address).port
            listener.close()
            let error = await failure(TLSError.self) {
                _ = try await TLSConnection.connect(
                    to: "127.0.0.1", port: port, context: client, wakeUp: WakeUp(), until: soon())
            }
            let refusal = ConnectAttempt(
                address: try #require(SocketAddress(literal: "127.0.0.1", port: port)),
                failure: SystemError("connect", number: SystemError.connectionRefused))
            #expect(error == .notConnected(host: "127.0.0.1", port: port, [refusal]))
        }
    }

    @Test func `refuses a server's key that is not its certificate's`() throws {
        let authority = try CertificateAuthority(commonName: "A")
        let (one, other) = (
            try authority.issueServerCertificate(for: ["a"]), try authority.issueServerCertificate(for: ["b"])
        )
        let error = #expect(throws: TLSError.self) {
            _ = try TLSContext.server(
                certificates: Array(one.certificatePEM.utf8), privateKey: other.keyPEM)
        }
        guard case .unusableIdentity(let reasons) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reasons.contains("key values mismatch"))
    }
}
