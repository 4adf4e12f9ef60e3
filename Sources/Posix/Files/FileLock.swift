internal import Glibc

/// An exclusive lock on a file (flock(2)), held until this is released or the process ends, however it ends.
///
/// The lock belongs to the open file, and the descriptor is close-on-exec: programs that are started do not
/// inherit it.
package final class FileLock: Sendable {
    package let path: String
    /// The locked file, open for reading and writing.
    package let descriptor: FileDescriptor

    private init(path: String, descriptor: FileDescriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { release() }

    /// Takes the lock if nobody holds it.
    ///
    /// The file may be deleted by its holder: a lock on a file that no longer stands at the path does not count.
    /// - Parameters:
    ///   - appending: whether all that is written through the lock's descriptor goes to the end of the file.
    ///   - creating: whether a missing file is made (0600); else it is an error.
    /// - Returns: nil where somebody else holds it.
    package static func tryLock(_ path: String, appending: Bool = false, creating: Bool = true)
        throws(FileError) -> FileLock?
    {
        let flags =
            O_RDWR | O_NOFOLLOW | O_NONBLOCK | (appending ? O_APPEND : 0) | (creating ? O_CREAT : 0)
        while true {
            let descriptor: FileDescriptor
            do { descriptor = try FileDescriptor.open(path, flags, mode: 0o600) } catch {
                throw FileError(path, error.number == ELOOP ? .symbolicLink : .system(error))
            }
            while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
                if errno == EWOULDBLOCK { return nil }
                guard errno == EINTR else { throw FileError(path, .system(.last("flock"))) }
            }
            let locked = try FileFacts(of: descriptor, path: path)
            guard locked.kind == .regular else { throw FileError(path, .notRegularFile) }
            if let present = try? FileFacts(ofLink: path), present.inode == locked.inode,
                present.device == locked.device
            {
                return FileLock(path: path, descriptor: descriptor)
            }
        }
    }

    /// Waits for the lock on the event loop, looking again every 5 to 40 ms (flock(2) has no readiness to wait for).
    /// - Returns: nil where the deadline passed, or the task was cancelled, while somebody else held it.
    package static func lock(_ path: String, until deadline: Instant) async throws(FileError) -> FileLock? {
        let pause = WakeUp()
        var delay = Duration.milliseconds(5)
        while true {
            if let lock = try tryLock(path) { return lock }
            let now = Instant.now
            guard now < deadline else { return nil }
            guard await pause.wait(until: min(deadline, now.advanced(by: delay))) != .cancelled else {
                return nil
            }
            delay = min(delay * 2, .milliseconds(40))
        }
    }

    /// Gives the lock back; the file stays.
    ///
    /// Unlocks in so many words: a child that was forked but has not yet begun its program holds the same file
    /// open, and would keep the lock beyond a mere close.
    package func release() {
        _ = flock(descriptor.rawValue, LOCK_UN)
        descriptor.close()
    }

    /// Lets go without unlocking: a program that was started with the descriptor keeps the lock.
    package func handOver() { descriptor.close() }

    /// The lock that whoever started this process handed over.
    package static func adopt(_ descriptor: FileDescriptor, path: String) -> FileLock {
        FileLock(path: path, descriptor: descriptor)
    }

    /// Deletes the file while the lock is held, then gives the lock back.
    package func deleteAndRelease() {
        unlink(path)
        release()
    }
}
