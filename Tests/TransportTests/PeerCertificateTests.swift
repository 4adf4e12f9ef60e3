import Cryptography
import Posix
import TestSupport
import Testing

@testable import Transport

@Suite struct PeerCertificateTests {
    @Test func `is learnt from a server that nobody vouches for, and the same each time`() async throws {
        let server = try TestAuthority().server()
        let digests = try await onLoop {
            var digests: [[UInt8]] = []
            try await withTLSServer(server, { _ in }) { port in
                for _ in 0..<2 {
                    let address = try #require(SocketAddress(literal: "127.0.0.1", port: port))
                    let socket = try await StreamSocket.connect(
                        to: address, wakeUp: WakeUp(), until: soon())
                    digests.append(try await PeerCertificate.digest(over: socket, until: soon()))
                }
            }
            return digests
        }
        #expect(digests.count == 2 && digests[0] == digests[1] && digests[0].count == 32)
        let other = try TestAuthority().server()
        let another = try await onLoop {
            var digest: [UInt8] = []
            try await withTLSServer(other, { _ in }) { port in
                let address = try #require(SocketAddress(literal: "127.0.0.1", port: port))
                let socket = try await StreamSocket.connect(to: address, wakeUp: WakeUp(), until: soon())
                digest = try await PeerCertificate.digest(over: socket, until: soon())
            }
            return digest
        }
        #expect(another != digests[0])
    }

    @Test func `is not to be had from a server that hangs up or says something else`() async throws {
        for answer in ["", "SSH-2.0-OpenSSH_9.2\r\n"] {
            try await onLoop {
                let (ours, theirs) = try FileDescriptor.socketPair()
                try theirs.writeAll(Array(answer.utf8))
                theirs.close()
                let socket = try StreamSocket(adopting: ours, wakeUp: WakeUp())
                await #expect(throws: TLSError.self) {
                    try await PeerCertificate.digest(over: socket, until: soon())
                }
            }
        }
    }
}
