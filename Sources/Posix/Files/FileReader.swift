internal import Glibc

/// The bytes of a file together with the facts of that same open file.
package struct FileContents: Hashable, Sendable {
    package let bytes: [UInt8]
    package let facts: FileFacts
}

/// Reads whole files of bounded size, and nothing but plain files.
package enum FileReader {
    /// Opens once, looks at what was opened, then reads; so nothing can change between the look and the read.
    ///
    /// A FIFO or a device is refused without blocking. The size is checked before reading, and again while
    /// reading, since some files grow or hide their size.
    /// - Parameter limit: in bytes; a file of exactly this size is read.
    /// - Parameter followsLinks: whether the last part of the path may be a symbolic link.
    package static func read(_ path: String, limit: Int, followsLinks: Bool = true) throws(FileError)
        -> FileContents
    {
        let (descriptor, facts) = try open(path, limit: limit, followsLinks: followsLinks)
        let bytes = try readAll(descriptor, path: path, expecting: facts.size, limit: limit)
        return FileContents(bytes: bytes, facts: facts)
    }

    /// The same for a secret, which passes through no memory but its own.
    package static func readSecret(_ path: String, limit: Int) throws(FileError) -> SecretBytes {
        let (descriptor, facts) = try open(path, limit: limit, followsLinks: true)
        var failure: SystemError?
        var count = 0
        let space = SecretBytes(count: facts.size) { bytes in
            do throws(SystemError) {
                while count < bytes.count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[count...])
                    guard case .done(let more) = try descriptor.read(into: rest) else { break }
                    count += more
                }
            } catch { failure = error }
        }
        if let failure { throw FileError(path, .system(failure)) }
        // One that shrinks while it is read ends where it ended.
        return count == space.count ? space : space.prefix(count)
    }

    private static func open(_ path: String, limit: Int, followsLinks: Bool) throws(FileError)
        -> (descriptor: FileDescriptor, facts: FileFacts)
    {
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (followsLinks ? 0 : O_NOFOLLOW)
        let descriptor: FileDescriptor
        do { descriptor = try FileDescriptor.open(path, flags) } catch {
            switch error.number {
            case ELOOP where !followsLinks: throw FileError(path, .symbolicLink)
            case ENXIO: throw FileError(path, .notRegularFile)
            default: throw FileError(path, .system(error))
            }
        }
        let facts = try FileFacts(of: descriptor, path: path)
        guard facts.kind == .regular else { throw FileError(path, .notRegularFile) }
        guard facts.size <= limit else { throw FileError(path, .tooLarge(limit: limit)) }
        return (descriptor, facts)
    }

    private static func readAll(_ descriptor: FileDescriptor, path: String, expecting: Int, limit: Int)
        throws(FileError) -> [UInt8]
    {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(expecting)
        // One byte more than is allowed tells "exactly the limit" from "grown past it".
        var chunk = [UInt8](repeating: 0, count: min(max(expecting, 4096), 65536) + 1)
        while true {
            let progress: FileDescriptor.Progress
            do {
                progress = try chunk.withUnsafeMutableBufferPointer { (space) throws(SystemError) in
                    try descriptor.read(into: UnsafeMutableRawBufferPointer(space))
                }
            } catch { throw FileError(path, .system(error)) }
            guard case .done(let count) = progress else { return bytes }
            guard bytes.count + count <= limit else { throw FileError(path, .tooLarge(limit: limit)) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
