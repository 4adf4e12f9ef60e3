package import Cryptography
internal import Glibc
package import Posix

/// What outlives the emulator: its certificate authority and the key of its tokens, in a folder of the user's own.
package struct EmulatorState: Sendable {
    package enum Failure: Error, Sendable {
        /// Also for a folder that is somebody else's, or that others may enter.
        case file(FileError)
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
        let lock: FileDescriptor
        do throws(FileError) { lock = try Self.openLock(in: PrivateFolder(making: folder)) } catch {
            throw .file(error)
        }
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

    /// A certificate that no client should take for one of the names.
    func issueSpoilt(_ kind: Fault.Certificate, for names: [String])
        throws(CertificateError) -> (certificatePEM: String, keyPEM: SecretBytes)
    {
        if kind == .selfSigned {
            let own = try CertificateAuthority(commonName: "localhost")
            return (own.certificatePEM, own.keyPEM)
        }
        let issued = try issueUnfit(kind, for: names)
        return (issued.certificatePEM, issued.keyPEM)
    }

    private func issueUnfit(_ kind: Fault.Certificate, for names: [String])
        throws(CertificateError) -> CertificateAuthority.Issued
    {
        let authority = try CertificateAuthority(
            certificatePEM: authorityCertificate, keyPEM: authorityKey)
        switch kind {
        case .expired: return try authority.issueServerCertificate(for: names, validity: .expired)
        case .notYetValid:
            let later = CertificateAuthority.Validity(from: 86_400, to: 2 * 86_400)
            return try authority.issueServerCertificate(for: names, validity: later)
        case .otherName: return try authority.issueServerCertificate(for: ["vm.other.invalid"])
        case .unknownIssuer, .selfSigned:
            return try CertificateAuthority(commonName: "nobody's CA").issueServerCertificate(for: names)
        }
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
    private static func openLock(in folder: PrivateFolder) throws(FileError) -> FileDescriptor {
        let path = folder.path(of: "lock")
        do { return try FileDescriptor.open(path, O_RDWR | O_CREAT, mode: 0o600) } catch {
            throw FileError(path, .system(error))
        }
    }

    /// - Returns: nil where there is no such file.
    package static func read(_ path: String) throws(Failure) -> [UInt8]? {
        do { return try FileReader.read(path, limit: 32 << 20).bytes } catch {
            if error.isMissing { return nil }
            throw .file(error)
        }
    }

    /// Replaces a file at once: nobody ever reads half of it.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(Failure) {
        do { try AtomicFile.write(bytes, to: path, permissions: mode) } catch { throw .file(error) }
    }
}
