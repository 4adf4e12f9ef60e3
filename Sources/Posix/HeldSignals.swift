internal import CPosix
internal import Glibc

/// Signals kept from the calling thread for a while, to be read instead of suffered. Belongs to that thread.
package struct HeldSignals: ~Copyable {
    /// Readable while one of the signals is pending.
    package let descriptor: FileDescriptor
    private var before: sigset_t

    package static let interrupt = SIGINT
    package static let terminate = SIGTERM

    /// Holds those that would end a program from outside: SIGINT, SIGQUIT, SIGTERM, SIGHUP.
    package init() throws(SystemError) {
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &before)
        let numbers = [SIGINT, SIGQUIT, SIGTERM, SIGHUP]
        let number = numbers.withUnsafeBufferPointer { bu_signalfd($0.baseAddress, CInt($0.count)) }
        guard number >= 0 else {
            let failure = SystemError.last("signalfd")
            pthread_sigmask(SIG_SETMASK, &before, nil)
            throw failure
        }
        descriptor = FileDescriptor(owning: number)
        self.before = before
    }

    deinit {
        descriptor.close()
        var before = before
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    /// The next pending signal, taken; nil where there is none.
    package func next() -> Int32? {
        var isSent: CInt = 0
        let number = bu_signalfd_read(descriptor.rawValue, &isSent)
        return number == 0 ? nil : number
    }
}
