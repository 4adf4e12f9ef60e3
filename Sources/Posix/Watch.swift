internal import CPosix

/// The readiness of one watched descriptor, edge-triggered.
///
/// Both flags start true: try first. After a call that would block, clear the flag, and only then wait.
/// Belongs to its loop's thread.
package final class Watch: @unchecked Sendable {
    let token: UInt64
    let descriptor: FileDescriptor
    private let loop: EventLoop
    private let wakeUp: WakeUp
    var isRegistered = false

    package var isReadable = true
    package var isWritable = true
    /// The peer has ended its sending side, or the connection is over: reads come to an end, without another event.
    private(set) var hasPeerEnded = false

    init(token: UInt64, descriptor: FileDescriptor, loop: EventLoop, wakeUp: WakeUp) {
        self.token = token
        self.descriptor = descriptor
        self.loop = loop
        self.wakeUp = wakeUp
    }

    /// Ends the watch. Must be called before the descriptor is closed. Harmless when repeated.
    package func cancel() {
        guard isRegistered else { return }
        isRegistered = false
        loop.forget(self)
    }

    func note(_ ready: UInt32) {
        if ready & UInt32(BU_READABLE) != 0 { isReadable = true }
        if ready & UInt32(BU_WRITABLE) != 0 { isWritable = true }
        if ready & UInt32(BU_ENDED) != 0 { hasPeerEnded = true }
        wakeUp.signal()
    }
}
