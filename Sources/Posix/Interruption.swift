internal import CPosix
internal import Glibc

/// Ends the waiting of a thread, from any other: an eventfd(2). Once raised it stays raised.
package final class Interruption: Sendable {
    let descriptor: FileDescriptor

    package init() throws(SystemError) {
        let number = bu_eventfd()
        guard number >= 0 else { throw .last("eventfd") }
        descriptor = FileDescriptor(owning: number)
    }

    package func raise() {
        var one: UInt64 = 1
        _ = Glibc.write(descriptor.rawValue, &one, 8)
    }
}
