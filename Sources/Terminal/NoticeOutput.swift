internal import Glibc
internal import Synchronization

/// Standard error for what is said while other things go on: a reader that takes nothing (a full pipe, a terminal that
/// Ctrl-S stopped) must not hold them up.
package final class NoticeOutput: Sendable {
    private struct State {
        /// Nothing was taken when something was last written.
        var isStuck = false
        var lost = 0
    }

    /// For a reader that has taken everything so far, in milliseconds; one that has not is not waited for again.
    private static let patience: CInt = 100
    /// What a pipe takes without blocking, once it takes anything (PIPE_BUF, pipe(7)).
    private static let piece = 4096

    package static let standardError = NoticeOutput(descriptor: 2)

    private let descriptor: Int32
    private let isTerminal: Bool
    private let state = Mutex(State())

    /// - Parameter descriptor: stays the caller's, and open.
    package init(descriptor: Int32) {
        isTerminal = isatty(descriptor) == 1
        // A terminal blocks until it has taken all: an open file of our own does not, and leaves that of others alone.
        let own =
            isTerminal
            ? open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1
        self.descriptor = own >= 0 ? own : descriptor
    }

    /// Writes the text, or what of it is taken in time. What is lost is counted, and said when there is a reader again.
    package func write(_ text: String) {
        state.withLock { state in
            if state.lost > 0 {
                guard
                    send(
                        "\(state.lost) notices were not read in time, and are lost"
                            + (isTerminal ? "\r\n" : "\n"), &state)
                else {
                    state.lost += 1
                    return
                }
                state.lost = 0
            }
            if !send(text, &state) { state.lost += 1 }
        }
    }

    private func send(_ text: String, _ state: inout State) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let isReady = poll(&entry, 1, state.isStuck ? 0 : Self.patience) > 0
            state.isStuck = !isReady
            guard isReady else { return false }
            let count = rest.prefix(Self.piece).withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                state.isStuck = true
                return false
            } else if count < 0, errno != EINTR {
                // There is no better place to say so.
                return true
            }
        }
        return true
    }
}
