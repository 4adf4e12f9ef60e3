package import Posix

/// This program in the role of ssh's ProxyCommand: connects to the session's private socket, hands the connected
/// descriptor to ssh (`ProxyUseFdpass`), and ends. Nothing is copied.
package enum DescriptorPasser {
    private static let patience = Duration.seconds(10)

    package static func run(socket path: String) async throws(SystemError) {
        guard let address = SocketAddress(unixPath: path) else {
            throw SystemError("connect", number: SystemError.noSuchFile)
        }
        let stream: StreamSocket
        do {
            stream = try await StreamSocket.connect(
                to: address, wakeUp: WakeUp(), until: .now.advanced(by: patience))
        } catch {
            if case .unreachable(let attempts) = error, let reason = attempts.first?.failure { throw reason }
            throw SystemError("connect", number: SystemError.connectionRefused)
        }
        try FileDescriptor.passOverStandardOutput(stream.descriptor)
    }
}
