internal import Glibc
package import Posix

/// An ssh-agent of ours, for as long as this is open: its socket is in a private folder, and it reads no file.
///
/// It runs in a process group of its own, so that the terminal's Ctrl-C does not end it under a running session.
/// Belongs to its loop's thread.
package final class PrivateAgent {
    package let socket: String
    private let process: ChildProcess

    private static let startTime = Duration.seconds(5)
    private static let endTime = Duration.seconds(2)
    private static let pause = Duration.milliseconds(3)

    /// Starts an agent without identities, and returns when it answers.
    /// - Parameter socket: the path of its socket, in a private folder; at most 107 bytes, nothing stands there.
    package init(at socket: String, tools: AgentTools) async throws(SSHKeyError) {
        self.socket = socket
        process = try tools.start(tools.agent, ["-D", "-a", socket])
        do throws(SSHKeyError) { try await waitUntilItAnswers() } catch {
            await close()
            throw error
        }
    }

    private func waitUntilItAnswers() async throws(SSHKeyError) {
        let deadline = Instant.now.advanced(by: Self.startTime)
        let client = AgentClient(socket: socket)
        while await client.identities(until: deadline) == nil {
            guard process.endingByNow() == nil else { throw .agentEnded }
            guard Instant.now < deadline else { throw .silent }
            guard await EventLoop.sleep(until: .now.advanced(by: Self.pause)) else { throw .cancelled }
        }
    }

    /// Waits for its end, which is a failure unless `close` asked for it.
    /// - Returns: false where the deadline passed, or the task was cancelled, before.
    package func hasEnded(by deadline: Instant) async -> Bool { await process.wait(until: deadline) != nil }

    /// Ends it, and waits until it and its socket are gone; also when the task was cancelled.
    package func close() async {
        await EventLoop.shielded { [process] in
            process.send(signal: SIGTERM)
            guard await process.wait(until: .now.advanced(by: Self.endTime)) == nil else { return }
            process.send(signal: SIGKILL)
            _ = await process.wait()
        }
        unlink(socket)
    }
}
