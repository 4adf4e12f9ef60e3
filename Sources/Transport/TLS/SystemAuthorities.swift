internal import COpenSSL
internal import Glibc

/// Where the system keeps the certificate authorities that it trusts.
///
/// The hashed directory is preferred: it is read on demand, the bundle as a whole (about 30 ms a process).
struct SystemAuthorities: Equatable {
    var file: String?
    var directory: String?

    /// Bundles of Debian, Fedora and Alpine, for systems whose directory has no hashes.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` of the environment given, else the system's.
    init(environment: [String: String]) {
        file = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        directory = environment["SSL_CERT_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        if file != nil || directory != nil { return }
        let standard = X509_get_default_cert_dir().map { String(cString: $0) } ?? "/etc/ssl/certs"
        if Self.hasHashes(standard) {
            directory = standard
        } else {
            let own = X509_get_default_cert_file().map { [String(cString: $0)] } ?? []
            file = (own + Self.bundles).first { access($0, R_OK) == 0 }
        }
    }

    /// Whether the directory has a file named like `5ed36f99.0`.
    static func hasHashes(_ path: String) -> Bool {
        guard let folder = opendir(path) else { return false }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let isHash = withUnsafeBytes(of: entry.pointee.d_name) { name in
                name.prefix(8).allSatisfy(isHexadecimal) && name[8] == UInt8(ascii: ".")
                    && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(name[9])
            }
            if isHash { return true }
        }
        return false
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
