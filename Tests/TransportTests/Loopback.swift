import Cryptography
import Glibc
import Posix
import Testing

@testable import Transport

/// Long enough for a loaded machine; nothing that goes well takes it.
func soon(_ seconds: Int = 30) -> Instant { .now.advanced(by: .seconds(seconds)) }

/// A certificate authority of one test, and its file.
final class TestAuthority: Sendable {
    let path: String
    private let certificate: String
    private let key: SecretBytes

    init() throws {
        let authority = try CertificateAuthority(commonName: "Test authority")
        certificate = authority.certificatePEM
        key = authority.keyPEM
        var name = Array("/tmp/bastion-up-ca-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let text = Array(certificate.utf8)
        #expect(write(file, text, text.count) == text.count)
        close(file)
    }

    deinit { unlink(path) }

    /// A context that trusts this authority and no other.
    func client() throws -> TLSContext {
        try TLSContext.client(environment: ["SSL_CERT_FILE": path])
    }

    func server(
        for names: [String] = ["localhost", "127.0.0.1"],
        validity: CertificateAuthority.Validity = .server
    ) throws -> TLSContext {
        let issued = try CertificateAuthority(certificatePEM: certificate, keyPEM: key)
            .issueServerCertificate(for: names, validity: validity)
        return try TLSContext.server(
            certificates: Array((issued.certificatePEM + certificate).utf8), privateKey: issued.keyPEM)
    }
}

/// Serves each connection to a port of a loopback address while the client's part runs; ends with it.
func withServer(
    on address: String = "127.0.0.1", _ serve: @escaping @Sendable (FileDescriptor) async throws -> Void,
    client: (UInt16) async throws -> Void
) async throws {
    let listener = try Listener(on: try #require(SocketAddress(literal: address, port: 0)))
    let port = try #require(listener.address).port
    nonisolated(unsafe) let shared = listener
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            try await withThrowingDiscardingTaskGroup { connections in
                while let accepted = try await shared.accept() {
                    let descriptor = accepted.descriptor
                    connections.addTask {
                        // What a broken connection looks like from the server is not what is tested.
                        do { try await serve(descriptor) } catch is TLSError {} catch is HTTPError {}
                    }
                }
            }
        }
        try await client(port)
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
    }
}

/// A server that shakes hands first.
func withTLSServer(
    _ context: TLSContext, on address: String = "127.0.0.1",
    _ serve: @escaping @Sendable (TLSConnection) async throws -> Void,
    client: (UInt16) async throws -> Void
) async throws {
    try await withServer(
        on: address,
        { descriptor in
            let connection = try await TLSConnection.accept(
                descriptor, context: context, wakeUp: WakeUp(), until: soon())
            defer { connection.close() }
            try await serve(connection)
        }, client: client)
}

/// Sends back all that comes, until the peer ends the stream.
@Sendable func echo(_ connection: TLSConnection) async throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        let count = try await connection.readSome(into: buffer, until: soon())
        if count == 0 { break }
        try await connection.writeAll(Array(buffer[..<count]), until: soon())
    }
    connection.finish()
}

extension TLSConnection {
    /// Reads exactly so many bytes, or up to the end.
    func read(count: Int) async throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < count {
            let more = try await readSome(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<count]), until: soon())
            if more == 0 { break }
            filled += more
        }
        return Array(buffer[..<filled])
    }
}

/// What an asynchronous call throws.
func failure<Failure: Error>(_ type: Failure.Type, _ body: () async throws -> Void) async -> Failure? {
    do {
        try await body()
        Issue.record("nothing was thrown")
        return nil
    } catch let error as Failure {
        return error
    } catch {
        Issue.record("\(error) was thrown")
        return nil
    }
}
