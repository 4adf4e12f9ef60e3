internal import Glibc
internal import Posix

/// A file locked with flock(2), which the kernel lets go of when its holder dies.
final class FileLock: Sendable {
    let descriptor: FileDescriptor

    private init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { release() }

    /// Unlocks in so many words: a child that was forked but has not yet begun its program holds the same file
    /// open, and would keep the lock beyond a mere close.
    func release() {
        _ = flock(descriptor.rawValue, LOCK_UN)
        descriptor.close()
    }

    /// Locks a file without waiting.
    /// - Returns: nil if somebody else holds it, or if it was deleted before it was locked.
    static func take(_ descriptor: FileDescriptor) -> FileLock? {
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else { return nil }
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0, status.st_nlink > 0 else {
            descriptor.close()
            return nil
        }
        return FileLock(descriptor)
    }

    /// Waits for the lock on a file, which is made if it is missing.
    ///
    /// Asks again and again: a thread that waits in flock(2) could not be called back.
    /// - Returns: nil at the deadline, when cancelled, and where the file cannot be made.
    static func acquire(_ path: String, until deadline: Instant) async -> FileLock? {
        guard let descriptor = try? FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        else {
            return nil
        }
        while true {
            if let lock = take(descriptor) { return lock }
            guard descriptor.rawValue >= 0 else { return nil }
            let next = Instant.now.advanced(by: .milliseconds(20))
            guard next < deadline, await EventLoop.sleep(until: next) else { return nil }
        }
    }
}
