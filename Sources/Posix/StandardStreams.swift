internal import CPosix
internal import Glibc

/// Standard input and output as the two halves of one stream.
///
/// What we are given may be shared with other processes, so O_NONBLOCK is not set on it: a pipe or a terminal is
/// opened anew (`/proc/self/fd`), which gives an open file of our own. To be made before the process holds a
/// secret: one that cannot be dumped cannot open its own descriptors either. A socket cannot be opened anew;
/// there the flag is set, and cleared again by `restore()`.
package final class StandardStreams {
    package let input: FileDescriptor
    package let output: FileDescriptor
    /// The numbers whose open files were made non-blocking.
    private var changed: [CInt] = []

    package convenience init() throws(SystemError) { try self.init(input: 0, output: 1) }

    init(input: CInt, output: CInt) throws(SystemError) {
        var changed: [CInt] = []
        do {
            self.input = try Self.own(input, O_RDONLY, &changed)
            self.output = try Self.own(output, O_WRONLY, &changed)
        } catch {
            Self.restore(changed)
            throw error
        }
        self.changed = changed
    }

    /// Clears O_NONBLOCK where it was set, through the numbers that we were given: our own may be closed by now.
    package func restore() {
        Self.restore(changed)
        changed = []
    }

    private static func restore(_ numbers: [CInt]) {
        for number in numbers { _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK) }
    }

    private static func own(_ number: CInt, _ access: CInt, _ changed: inout [CInt])
        throws(SystemError)
        -> FileDescriptor
    {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .last("fstat") }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFIFO || kind == S_IFCHR {
            let opened = bu_open("/proc/self/fd/\(number)", access | O_NONBLOCK | O_NOCTTY, 0)
            if opened >= 0 { return FileDescriptor(owning: opened) }
        }
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw .last("fcntl") }
        let descriptor = FileDescriptor(owning: copy)
        // A regular file never keeps its reader waiting, and its offset is shared on purpose.
        if kind == S_IFREG { return descriptor }
        if fcntl(number, F_GETFL) & O_NONBLOCK == 0 {
            try descriptor.setNonBlocking(true)
            changed.append(number)
        }
        return descriptor
    }
}
