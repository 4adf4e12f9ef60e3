internal import Cryptography
internal import Posix

/// The far end of all measurements: the same target behind plain TCP, behind TLS, and behind a small Azure Bastion.
struct BenchmarkServer {
    /// How to reach it: `key=value`, one a line.
    let readyLines: String

    private static let suffix = "localhost"
    private static let name = "bst-bench." + suffix

    /// Listens, and serves on threads of its own for as long as the process lives.
    /// - Parameters:
    ///   - folder: the authority's certificate is written here, as `ca.pem`.
    ///   - messages: towards the client.
    ///   - network: before the data plane alone; sign-in and resource manager are near.
    init(folder: String, messages: MessageShape, network: ServedNetwork) throws {
        let authority = try CertificateAuthority(commonName: "bastion-bench CA")
        let issued = try authority.issueServerCertificate(for: [Self.name, "localhost", "127.0.0.1"])
        let settings = try TLSSettings(certificate: issued.certificatePEM, key: issued.keyPEM)
        let caFile = FilePath.join(folder, "ca.pem")
        try AtomicFile.write(Array(authority.certificatePEM.utf8), to: caFile)

        let target = BenchmarkTarget(sessions: SessionCount())
        let (plain, tls, cloud) = (
            try BlockingListener(), try BlockingListener(), try BlockingListener()
        )
        let dataPlane = try network.roundTrip.map { try DelayingProxy(to: cloud.port, roundTrip: $0).port }
        let service = FastCloud(
            dnsName: "\(Self.name):\(dataPlane ?? cloud.port)", target: target, messages: messages)
        try plain.serve { socket in try? target.serve(socket) }
        try tls.serve { socket in
            guard let stream = try? TLSStream(over: socket, as: .server, settings) else { return }
            try? target.serve(stream)
            stream.finish()
        }
        try cloud.serve { socket in
            socket.limitReceiving(to: network.freshTime)
            guard let stream = try? TLSStream(over: socket, as: .server, settings) else { return }
            try? service.serve(stream) { isWebSocket in
                socket.limitReceiving(to: isWebSocket ? nil : network.usedTime)
            }
            stream.finish()
        }
        readyLines = """
            plain=\(plain.port)
            tls=\(tls.port)
            cloud=https://localhost:\(cloud.port)
            name=\(Self.name)
            suffix=\(Self.suffix)
            caFile=\(caFile)

            """
    }
}
