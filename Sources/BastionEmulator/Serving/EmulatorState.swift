package import Cryptography
internal import Glibc
package import Posix

/// What outlives the emulator: its certificate authority and the key of its tokens, in a folder of the user's own.
package struct EmulatorState: Sendable {
    package enum Failure: Error, Sendable {
        case system(path: String, SystemError)
        /// The folder is somebody else's, or others may enter it.
        case notPrivate(path: String)
        case certificate(CertificateError)
    }

    /// The authority's certificate, for clients.
    package let caFile: String
    let authorityCertificate: String
    let authorityKey: SecretBytes
    let tokenKey: SecretBytes

    /// Opens the folder, making what is missing: the folder with mode 0700, keys with 0600.
    ///
    /// An authority that ends within a month is replaced.
    package init(folder: String) throws(Failure) {
        caFile = folder + "/ca.pem"
        try Self.prepare(folder)
        let lock: FileDescriptor
        do throws(SystemError) {
            lock = try FileDescriptor.open(folder + "/lock", O_RDWR | O_CREAT, mode: 0o600)
        } catch { throw .system(path: folder + "/lock", error) }
        // Two emulators that begin at once must not each make an authority.
        _ = flock(lock.rawValue, LOCK_EX)
        defer { lock.close() }
        tokenKey = try Self.key(folder + "/token-key")
        if let kept = try Self.keptAuthority(folder) {
            (authorityCertificate, authorityKey) = kept
            return
        }
        do throws(CertificateError) {
            let authority = try CertificateAuthority(commonName: "bastion-emulator CA")
            authorityCertificate = authority.certificatePEM
            authorityKey = authority.keyPEM
        } catch { throw .certificate(error) }
        let key = authorityKey.withBytes { Array($0) }
        try Self.write(key, to: folder + "/ca-key.pem", mode: 0o600)
        try Self.write(Array(authorityCertificate.utf8), to: caFile, mode: 0o644)
    }

    /// A server certificate for the names, from the authority.
    func issue(for names: [String]) throws(CertificateError) -> CertificateAuthority.Issued {
        try CertificateAuthority(certificatePEM: authorityCertificate, keyPEM: authorityKey)
            .issueServerCertificate(for: names)
    }

    private static func keptAuthority(_ folder: String) throws(Failure) -> (String, SecretBytes)? {
        guard let certificate = try read(folder + "/ca.pem"), var key = try read(folder + "/ca-key.pem")
        else {
            return nil
        }
        let text = String(decoding: certificate, as: UTF8.self)
        let secret = SecretBytes(moving: &key)
        guard let kept = try? CertificateAuthority(certificatePEM: text, keyPEM: secret),
            kept.secondsLeft > 30 * 86_400
        else { return nil }
        return (text, secret)
    }

    private static func key(_ path: String) throws(Failure) -> SecretBytes {
        if var kept = try read(path), kept.count == 32 { return SecretBytes(moving: &kept) }
        var made = RandomBytes.generate(32)
        try write(made, to: path, mode: 0o600)
        return SecretBytes(moving: &made)
    }
}

// MARK: - Files

extension EmulatorState {
    private static func prepare(_ folder: String) throws(Failure) {
        var path = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
            path += path.isEmpty && part.isEmpty ? "" : part
            if !path.isEmpty, mkdir(path, 0o700) != 0, errno != EEXIST, errno != EISDIR {
                throw .system(path: path, .last("mkdir"))
            }
            path += "/"
        }
        var status = stat()
        guard lstat(folder, &status) == 0 else { throw .system(path: folder, .last("lstat")) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0
        else {
            throw .notPrivate(path: folder)
        }
    }

    /// - Returns: nil where there is no such file.
    package static func read(_ path: String) throws(Failure) -> [UInt8]? {
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, O_RDONLY)
            return try file.readToEnd(limit: 32 << 20)
        } catch {
            if error.number == ENOENT { return nil }
            throw .system(path: path, error)
        }
    }

    /// Replaces a file at once: nobody ever reads half of it.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(Failure) {
        let temporary = "\(path).\(getpid())"
        do throws(SystemError) {
            _ = unlink(temporary)
            let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            try file.writeAll(bytes)
            file.close()
            guard rename(temporary, path) == 0 else { throw .last("rename") }
        } catch {
            _ = unlink(temporary)
            throw .system(path: path, error)
        }
    }
}

extension FileDescriptor {
    /// Reads a file to its end, or to the limit and one byte more.
    func readToEnd(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 * 1024)
        defer { SecretBytes.wipe(&part) }
        while bytes.count <= limit {
            let progress = try part.withUnsafeMutableBufferPointer { (part) throws(SystemError) in
                try read(into: UnsafeMutableRawBufferPointer(part))
            }
            guard case .done(let count) = progress else { break }
            bytes += part[..<count]
        }
        return bytes
    }

    func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            let progress = try bytes.withUnsafeBufferPointer { (bytes) throws(SystemError) in
                try write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[sent...]))
            }
            guard case .done(let count) = progress else { throw SystemError("write", number: EAGAIN) }
            sent += count
        }
    }
}
