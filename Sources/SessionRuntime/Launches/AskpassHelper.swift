internal import Glibc
internal import Posix

/// This program in the role of ssh's askpass helper: passes the question to the session that launched ssh, and its
/// answer to ssh. Holds nothing by itself.
package enum AskpassHelper {
    /// The variable that names the session's socket.
    package static let variable = "BASTION_UP_ASKPASS"

    private static let patience = Duration.seconds(30)

    /// - Returns: 0 with the answer on standard output, 1 where there is none.
    package static func run(prompt: String, socket path: String) async -> Int32 {
        guard let address = SocketAddress(unixPath: path) else { return 1 }
        let deadline = Instant.now.advanced(by: patience)
        guard let stream = try? await StreamSocket.connect(to: address, wakeUp: WakeUp(), until: deadline)
        else { return 1 }
        defer { stream.close() }
        let question = SecretBytes(copying: Array(prompt.utf8))
        await stream.writeAll(question, until: deadline)
        stream.finishSending()
        guard var answer = await stream.readAll(limit: 1024, until: deadline), !answer.isEmpty else {
            return 1
        }
        answer.append(UInt8(ascii: "\n"))
        let secret = SecretBytes(moving: &answer)
        return secret.withBytes { bytes in
            Glibc.write(1, bytes.baseAddress, bytes.count) == bytes.count ? 0 : 1
        }
    }
}
