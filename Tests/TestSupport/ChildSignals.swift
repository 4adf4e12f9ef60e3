internal import Glibc
package import Posix

/// Runs the body with a router that is told of ended children again and again: the test process has its signals to
/// itself, so what a signalfd would report (signalfd(2), 128 bytes a signal) is written by the test.
package func withChildSignals(_ body: @escaping @Sendable (SignalRouter) async throws -> Void) async throws {
    let pipe = try FileDescriptor.pipe()
    for end in [pipe.read, pipe.write] { try end.setNonBlocking(true) }
    let signals = SignalRouter(pipe.read)
    var report = [UInt8](repeating: 0, count: 128)
    report[0] = UInt8(SIGCHLD)
    // ssi_code: by the kernel.
    report[8] = 1
    try await withThrowingTaskGroup(of: Void.self) { [report] group in
        group.addTask { try await signals.run() }
        group.addTask {
            while await EventLoop.sleep(until: .now.advanced(by: .milliseconds(5))) {
                try pipe.write.writeAll(report)
            }
        }
        try await body(signals)
        group.cancelAll()
    }
}
