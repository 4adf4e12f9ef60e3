import Glibc
import Posix
import TestSupport
import Testing

@testable import Tunnels

@Suite struct PeerCheckTests {
    /// A listener on a loopback address; nil on a machine without IPv6.
    private static func listener(_ host: String) throws -> (Listener, SocketAddress)? {
        let here = try #require(SocketAddress(literal: host, port: 0))
        guard let listener = try? Listener(on: here) else { return nil }
        return (listener, try #require(listener.address))
    }

    private static func connect(_ address: SocketAddress) async throws -> StreamSocket {
        try await StreamSocket.connect(
            to: address, wakeUp: WakeUp(), until: .now.advanced(by: .seconds(30)))
    }

    @Test(arguments: ["127.0.0.1", "127.9.8.7", "::1"])
    func `knows a thousand connections of its own, half of them half-closed`(_ host: String) async throws {
        try await onLoop {
            guard let (listener, address) = try Self.listener(host) else { return }
            var verdicts: [PeerCheck.Verdict: Int] = [:]
            for number in 1...1000 {
                let client = try await Self.connect(address)
                if number.isMultiple(of: 2) { client.finishSending() }
                let accepted = try #require(try await listener.accept())
                verdicts[try PeerCheck.verdict(of: accepted), default: 0] += 1
                client.close()
            }
            #expect(verdicts == [.ours: 1000])
        }
    }

    /// An IPv6 socket that is connected to an IPv4 address.
    @Test func `knows a connection that was made by way of IPv6`() async throws {
        try await onLoop {
            guard let (listener, address) = try Self.listener("127.0.0.1") else { return }
            let mapped = try #require(SocketAddress(literal: "::ffff:127.0.0.1", port: address.port))
            let client = try await Self.connect(mapped)
            let accepted = try #require(try await listener.accept())
            #expect(try PeerCheck.verdict(of: accepted) == .ours)
            client.close()
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func `says nothing of a connection that was reset`(_ host: String) async throws {
        try await onLoop {
            guard let (listener, address) = try Self.listener(host) else { return }
            let client = try await Self.connect(address)
            let accepted = try #require(try await listener.accept())
            #expect(accepted.isConnected)
            client.resetOnClose()
            client.close()
            // A program that another test is just starting may hold the socket a moment longer.
            var reset = pollfd(fd: accepted.descriptor.rawValue, events: 0, revents: 0)
            #expect(poll(&reset, 1, 10_000) == 1)
            #expect(try PeerCheck.verdict(of: accepted) == .unknown)
            #expect(!accepted.isConnected)
        }
    }

    @Test func `tells a program that has closed from one that only ended its sending side`() async throws {
        try await onLoop {
            guard let (listener, address) = try Self.listener("127.0.0.1") else { return }
            let client = try await Self.connect(address)
            let accepted = try #require(try await listener.accept())
            client.finishSending()
            #expect(!PeerCheck.hasClosed(accepted.peer, connectedTo: address))
            client.close()
            #expect(PeerCheck.hasClosed(accepted.peer, connectedTo: address))
        }
    }
}
