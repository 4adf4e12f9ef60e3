internal import CPosix
internal import Glibc

/// A system call that failed: its name and errno.
package struct SystemError: Error, Hashable, Sendable {
    package let call: String
    package let number: Int32

    package init(_ call: String, number: Int32) {
        self.call = call
        self.number = number
    }

    /// The error that the C library just left in errno.
    package static func last(_ call: String) -> SystemError { SystemError(call, number: errno) }
}

extension SystemError: CustomStringConvertible {
    /// The system's own words: `connect: Connection refused`.
    package var description: String { "\(call): \(reason)" }

    /// The system's own words without the call's name.
    package var reason: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { space in
            guard let start = space.baseAddress else { return "error \(number)" }
            bu_error_text(number, start, space.count)
            return String(cString: start)
        }
    }

    /// Whether the process, or the machine, has no descriptor left.
    package var isShortage: Bool { number == EMFILE || number == ENFILE }

    package static let connectionRefused = ECONNREFUSED
    package static let connectionReset = ECONNRESET
    package static let timedOut = ETIMEDOUT
    package static let networkUnreachable = ENETUNREACH
    package static let addressNotAvailable = EADDRNOTAVAIL
    package static let addressInUse = EADDRINUSE
    package static let accessDenied = EACCES
    package static let noSuchFile = ENOENT
    package static let fileExists = EEXIST
    package static let notFolder = ENOTDIR
}
