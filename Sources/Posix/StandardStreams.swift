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
    private var changed: [FileDescriptor] = []

    package init() throws(SystemError) {
        var changed: [FileDescriptor] = []
        input = try Self.own(0, O_RDONLY, &changed)
        output = try Self.own(1, O_WRONLY, &changed)
        self.changed = changed
    }

    package func restore() {
        for descriptor in changed { try? descriptor.setNonBlocking(false) }
        changed = []
    }

    private static func own(_ number: CInt, _ access: CInt, _ changed: inout [FileDescriptor])
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
        try descriptor.setNonBlocking(true)
        changed.append(descriptor)
        return descriptor
    }
}
