internal import CPosix
internal import Glibc

/// Signals kept from the calling thread for a while, to be read instead of suffered. Belongs to that thread.
package struct HeldSignals: ~Copyable {
    /// Readable while one of the signals is pending.
    package let descriptor: FileDescriptor
    private var before: sigset_t

    package static let interrupt = SIGINT
    package static let terminate = SIGTERM

    package static let stop = SIGTSTP
    package static let goOn = SIGCONT

    /// Those that would end a program from outside.
    package static let ending = [SIGINT, SIGQUIT, SIGTERM, SIGHUP]
    /// Those that concern a program which has the whole screen: a new size, stopping, going on.
    package static let ofScreen = [SIGWINCH, SIGTSTP, SIGCONT]

    package init(_ numbers: [Int32] = ending) throws(SystemError) {
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &before)
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
    /// Suffers a held signal after all, sent by ourselves: returns when the process goes on, if that stopped it.
    package func suffer(_ number: Int32) {
        var only = sigset_t()
        sigemptyset(&only)
        sigaddset(&only, number)
        pthread_sigmask(SIG_UNBLOCK, &only, nil)
        raise(number)
        pthread_sigmask(SIG_BLOCK, &only, nil)
    }

    /// Whether one of the signals, blocked here or elsewhere in the process, waits to be taken.
    package static func arePending(_ numbers: [Int32]) -> Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return numbers.contains { sigismember(&pending, $0) == 1 }
    }
}
