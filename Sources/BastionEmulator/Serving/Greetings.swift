internal import Cryptography
internal import Posix
internal import Transport

/// What happens to a connection before the first request, where a fault meets it.
struct Greetings: Sendable {
    private let certificates: [Fault.Certificate: TLSContext]

    /// - Parameters:
    ///   - kinds: the spoilt certificates that are needed.
    ///   - names: the names that the good one has.
    init(_ kinds: Set<Fault.Certificate>, for names: [String], _ state: EmulatorState) throws(Emulator
        .Failure)
    {
        var contexts: [Fault.Certificate: TLSContext] = [:]
        for kind in kinds {
            let issued: (certificatePEM: String, keyPEM: SecretBytes)
            do { issued = try state.issueSpoilt(kind, for: names) } catch { throw .certificate(error) }
            do {
                contexts[kind] = try TLSContext.server(
                    certificates: Array(issued.certificatePEM.utf8), privateKey: issued.keyPEM)
            } catch { throw .tls(error) }
        }
        certificates = contexts
    }

    func greet(_ descriptor: FileDescriptor, _ fault: Fault) async -> HTTPServer.Admission {
        if let delay = fault.delay { await EventLoop.sleep(until: .now.advanced(by: delay)) }
        if fault.hangUp { return .refused }
        if let context = fault.certificate.flatMap({ certificates[$0] }) { return .shown(context) }
        guard let handshake = fault.handshake, let socket = Self.socket(descriptor) else { return .admitted }
        switch handshake {
        case .silence: break
        case .garbage: Self.say("this is no TLS at all\n", over: socket)
        case .plainHTTP:
            Self.say(
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", over: socket)
        case .alert: Self.say("\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{28}", over: socket)
        case .reset:
            socket.resetOnClose()
            socket.close()
            return .refused
        }
        // Closing at once would be a reset, since what the client said is not read.
        while !descriptor.isPeerGone {
            if await socket.wakeUp.wait() == .cancelled { break }
        }
        socket.leaveLoop()
        return .refused
    }

    private static func socket(_ descriptor: FileDescriptor) -> StreamSocket? {
        try? StreamSocket(adopting: descriptor, wakeUp: WakeUp())
    }

    private static func say(_ text: String, over socket: StreamSocket) {
        _ = try? Array(text.utf8).withUnsafeBytes { bytes throws(SystemError) in try socket.write(bytes) }
    }
}
