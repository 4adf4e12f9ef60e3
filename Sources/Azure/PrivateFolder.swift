internal import Cryptography
internal import Glibc
internal import Posix

/// A folder of the user's own that nobody else can look into, and the small files in it.
struct PrivateFolder {
    let path: String

    /// Makes the folder, and those above it that are missing, with mode 0700.
    /// - Throws: EPERM for one that is a symbolic link or somebody else's.
    init(making path: String) throws(SystemError) {
        self.path = path
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS {
                throw .last("mkdir")
            }
        }
        try check()
    }

    /// The folder if it is there and is safe.
    init?(existing path: String) {
        self.path = path
        guard (try? check()) != nil else { return nil }
    }

    private func check() throws(SystemError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .last("lstat") }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
            throw SystemError("lstat", number: EPERM)
        }
        if status.st_mode & 0o077 != 0, chmod(path, 0o700) != 0 { throw .last("chmod") }
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// The names of the files, but for hidden ones; in no order.
    func names() -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// Writes a whole file, 0600, so that a reader sees the old content or the new.
    func replace(_ name: String, with bytes: [UInt8]) throws(SystemError) {
        let temporary = file(".\(name).\(Hex.encode(RandomBytes.generate(6)))")
        let descriptor = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        do { try descriptor.append(bytes) } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, file(name)) == 0 else {
            let failure = SystemError.last("rename")
            unlink(temporary)
            throw failure
        }
    }
}

extension FileDescriptor {
    /// Writes all of the bytes to a regular file.
    func append(_ bytes: [UInt8]) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let progress = try bytes.withUnsafeBytes { source in
                let rest = UnsafeRawBufferPointer(rebasing: source[done...])
                return Result { () throws(SystemError) in try write(rest) }
            }.get()
            guard case .done(let count) = progress, count > 0 else {
                throw SystemError("write", number: EAGAIN)
            }
            done += count
        }
    }

    /// The content of a regular file, from its beginning.
    /// - Returns: nil for a file that is longer than the limit or cannot be read.
    func content(limit: Int) -> [UInt8]? {
        var status = stat()
        guard fstat(rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit,
            lseek(rawValue, 0, SEEK_SET) == 0
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let progress = try? bytes.withUnsafeMutableBytes { target in
                try read(into: UnsafeMutableRawBufferPointer(rebasing: target[done...]))
            }
            guard case .done(let count) = progress else { break }
            done += count
        }
        return Array(bytes.prefix(done))
    }
}
