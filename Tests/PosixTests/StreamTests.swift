import Glibc
import TestSupport
import Testing

@testable import Posix

@Suite struct WholeMessageTests {
    private static func pair() throws -> (StreamSocket, StreamSocket) {
        let (first, second) = try FileDescriptor.socketPair()
        return (
            try StreamSocket(adopting: first, wakeUp: WakeUp()),
            try StreamSocket(adopting: second, wakeUp: WakeUp())
        )
    }

    private static func soon() -> Instant { .now.advanced(by: .seconds(30)) }

    @Test(arguments: [0, 1, 4096, 4097, 1_000_000])
    func `sends and reads a whole message`(_ count: Int) async throws {
        try await onLoop {
            let (sender, receiver) = try Self.pair()
            let confined = LoopConfined(sender)
            let sending = Task(executorPreference: EventLoop.current) {
                let secret = SecretBytes(copying: [UInt8](repeating: 7, count: count))
                let isSent = await confined.value.writeAll(secret, until: Self.soon())
                confined.value.finishSending()
                return isSent
            }
            let all = await receiver.readAll(limit: count, until: Self.soon())
            #expect(all == [UInt8](repeating: 7, count: count))
            #expect(await sending.value)
        }
    }

    @Test func `takes no more than the limit`() async throws {
        try await onLoop {
            let (sender, receiver) = try Self.pair()
            await sender.writeAll(SecretBytes(copying: [1, 2, 3, 4]), until: Self.soon())
            sender.finishSending()
            #expect(await receiver.readAll(limit: 3, until: Self.soon()) == nil)
        }
    }

    @Test func `gives up at the deadline`() async throws {
        try await onLoop {
            let (sender, receiver) = try Self.pair()
            await sender.writeAll(SecretBytes(copying: [1]), until: Self.soon())
            #expect(await receiver.readAll(limit: 10, until: .now.advanced(by: .milliseconds(10))) == nil)
            let big = SecretBytes(copying: [UInt8](repeating: 0, count: 4_000_000))
            #expect(await !sender.writeAll(big, until: .now.advanced(by: .milliseconds(10))))
        }
    }

    @Test func `knows an end that nobody reads any more from one that only stopped sending`() async throws {
        try await onLoop {
            let (ours, theirs) = try Self.pair()
            #expect(!ours.descriptor.hasHungUp)
            theirs.finishSending()
            #expect(!ours.descriptor.hasHungUp)
            theirs.close()
            #expect(ours.descriptor.hasHungUp)
            let pipe = try FileDescriptor.pipe()
            #expect(!pipe.write.hasHungUp)
            pipe.read.close()
            #expect(pipe.write.hasHungUp)
        }
    }
}

@Suite struct SocketPeerTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func `knows whose TCP connection it is, until it is closed`(_ host: String) async throws {
        try await onLoop {
            let here = try #require(SocketAddress(literal: host, port: 0))
            // A machine without IPv6 has nothing to test here.
            guard let listener = try? Listener(on: here) else { return }
            let address = try #require(listener.address)
            let client = try await StreamSocket.connect(
                to: address, wakeUp: WakeUp(), until: .now.advanced(by: .seconds(30)))
            let accepted = try #require(try await listener.accept())
            let owner = try #require(try SocketPeer.owner(of: accepted.peer, connectedTo: address))
            #expect(owner.userID == SocketPeer.ownUserID && owner.inode != 0)
            client.finishSending()
            #expect(try SocketPeer.owner(of: accepted.peer, connectedTo: address)?.inode != 0)
            client.close()
            let after = try SocketPeer.owner(of: accepted.peer, connectedTo: address)
            #expect(after == nil || after?.inode == 0)
        }
    }

    @Test func `knows no owner of a connection that does not exist`() throws {
        let nobody = try #require(SocketAddress(literal: "127.0.0.1", port: 1))
        let other = try #require(SocketAddress(literal: "::1", port: 2))
        #expect(try SocketPeer.owner(of: nobody, connectedTo: nobody) == nil)
        #expect(try SocketPeer.owner(of: nobody, connectedTo: other) == nil)
    }

    /// Looked up by its port, one that listens would be found where no connection is.
    @Test func `does not take a listener for the peer`() async throws {
        try await onLoop {
            let here = try #require(SocketAddress(literal: "127.0.0.1", port: 0))
            let listener = try #require(try Listener(on: here).address)
            let nobody = try #require(SocketAddress(literal: "127.0.0.1", port: 1))
            #expect(try SocketPeer.owner(of: listener, connectedTo: nobody) == nil)
        }
    }

    @Test func `knows the process behind a unix socket`() throws {
        let (first, _) = try FileDescriptor.socketPair()
        let process = try #require(SocketPeer.process(connectedBy: first))
        #expect(process.id == getpid() && process.userID == geteuid())
    }
}

@Suite struct SecretBytesTests {
    @Test(arguments: [0, 1, 1000])
    func `takes the bytes out of an array`(_ count: Int) {
        var bytes = [UInt8](repeating: 9, count: count)
        let secret = SecretBytes(moving: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret.count == count && secret.isEmpty == (count == 0))
        #expect(secret.withBytes { $0.count == count && $0.allSatisfy { $0 == 9 } })
    }

    @Test func `shows nothing of itself`() {
        let secret = SecretBytes(copying: Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret)".contains("hunter2") && !dumped.contains("hunter2"))
    }

    @Test func `wipes an array`() {
        var bytes: [UInt8] = [1, 2, 3]
        SecretBytes.wipe(&bytes)
        #expect(bytes.isEmpty)
    }
}

@Suite struct StandardStreamsTests {
    private static func isNonBlocking(_ descriptor: FileDescriptor) -> Bool {
        fcntl(descriptor.rawValue, F_GETFL) & O_NONBLOCK != 0
    }

    private static func read(_ descriptor: FileDescriptor) throws -> FileDescriptor.Progress {
        var buffer = [UInt8](repeating: 0, count: 16)
        return try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
    }

    private static func write(_ descriptor: FileDescriptor, _ text: String) throws -> FileDescriptor.Progress
    {
        try Array(text.utf8).withUnsafeBytes { try descriptor.write($0) }
    }

    @Test(arguments: [false, true])
    func `leaves a shared socket as it found it, even when its own end is closed`(_ wasNonBlocking: Bool)
        throws
    {
        let (given, other) = try FileDescriptor.socketPair()
        defer { other.close() }
        try given.setNonBlocking(wasNonBlocking)
        let streams = try StandardStreams(input: given.rawValue, output: given.rawValue)
        #expect(try Self.read(streams.input) == .wouldBlock)
        streams.input.close()
        streams.output.close()
        #expect(Self.isNonBlocking(given))
        streams.restore()
        #expect(Self.isNonBlocking(given) == wasNonBlocking)
    }

    @Test func `reads and writes pipes without waiting`() throws {
        let (input, output) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
        let streams = try StandardStreams(input: input.read.rawValue, output: output.write.rawValue)
        #expect(try Self.read(streams.input) == .wouldBlock)
        #expect(try Self.write(input.write, "hi") == .done(2))
        #expect(try Self.read(streams.input) == .done(2))
        #expect(try Self.write(streams.output, "yo") == .done(2))
        #expect(try Self.read(output.read) == .done(2))
        streams.restore()
        #expect(!Self.isNonBlocking(input.read) && !Self.isNonBlocking(output.write))
    }

    @Test func `takes files and /dev/null, which never keep anybody waiting`() throws {
        let nothing = try FileDescriptor.open("/dev/null", O_RDWR)
        let file = try FileDescriptor.open("/proc/self/status", O_RDONLY)
        let streams = try StandardStreams(input: file.rawValue, output: nothing.rawValue)
        #expect(try Self.read(streams.input) == .done(16))
        #expect(try Self.write(streams.output, "yo") == .done(2))
    }

    @Test func `says so where there is no such descriptor`() throws {
        let (given, _) = try FileDescriptor.socketPair()
        try given.setNonBlocking(false)
        #expect(throws: SystemError("fstat", number: EBADF)) {
            try StandardStreams(input: given.rawValue, output: 999_999)
        }
        #expect(!Self.isNonBlocking(given))
    }
}
