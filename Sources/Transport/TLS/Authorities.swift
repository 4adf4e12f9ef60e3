internal import COpenSSL
internal import Glibc
package import Posix

/// A place that has certificate authorities in it, and the setting that names it.
struct Authorities: Hashable {
    enum Kind: Hashable {
        /// PEM, read as a whole.
        case file
        /// One folder or several with colons between, read on demand by the hashes of openssl-rehash(1).
        case folders
    }

    let kind: Kind
    let path: String
    let setting: AuthoritiesProblem.Setting

    init(file: String, setting: AuthoritiesProblem.Setting) {
        self.init(.file, file, setting)
    }

    private init(_ kind: Kind, _ path: String, _ setting: AuthoritiesProblem.Setting) {
        (self.kind, self.path, self.setting) = (kind, path, setting)
    }

    /// Bundles of Debian, Fedora and Alpine, for systems whose folder has no hashes.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` of the environment given, else the system's; and `REQUESTS_CA_BUNDLE`,
    /// by which the Azure CLI is told of a company's authority, beside them.
    static func found(in environment: [String: String]) -> [Authorities] {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        var found: [Authorities] = []
        if let file = value("SSL_CERT_FILE") {
            found.append(Authorities(.file, file, .variable("SSL_CERT_FILE")))
        }
        if let folders = value("SSL_CERT_DIR") {
            found.append(Authorities(.folders, folders, .variable("SSL_CERT_DIR")))
        }
        if found.isEmpty, let system { found.append(system) }
        if let bundle = value("REQUESTS_CA_BUNDLE") {
            let isFolder = (try? FileFacts(of: bundle).kind) == .folder
            found.append(
                Authorities(isFolder ? .folders : .file, bundle, .variable("REQUESTS_CA_BUNDLE")))
        }
        return found
    }

    /// The system's own. The hashed folder is preferred: the bundle takes about 30 ms a process.
    private static var system: Authorities? {
        let folder = X509_get_default_cert_dir().map { String(cString: $0) } ?? "/etc/ssl/certs"
        if hasHashes(folder) { return Authorities(.folders, folder, .system) }
        let own = X509_get_default_cert_file().map { [String(cString: $0)] } ?? []
        let file = (own + bundles).first { access($0, R_OK) == 0 }
        return file.map { Authorities(.file, $0, .system) }
    }

    /// Whether the folder has a file named like `5ed36f99.0`.
    private static func hasHashes(_ path: String) -> Bool {
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

    /// Whether one of the folders is there: OpenSSL does not look before it needs one.
    var hasFolder: Bool {
        path.split(separator: ":").contains { (try? FileFacts(of: String($0)).kind) == .folder }
    }

    /// Finds out why OpenSSL did not take it.
    func problem(_ reasons: [String]) -> AuthoritiesProblem {
        AuthoritiesProblem(path: path, setting: setting, reason: reason(reasons))
    }

    private func reason(_ reasons: [String]) -> AuthoritiesProblem.Reason {
        if kind == .folders { return .noFolder }
        do {
            let text = try FileReader.read(path, limit: 64 << 20).bytes
            if text.allSatisfy({ $0 == 32 || (9...13).contains($0) }) { return .empty }
            let mark = Array("-----BEGIN ".utf8)
            let isPEM = text.indices.contains { text[$0...].starts(with: mark) }
            return isPEM ? .damaged(reasons) : .notPEM
        } catch {
            switch error.reason {
            case .system(let failure): return .unreadable(failure)
            default: return .noFile
            }
        }
    }
}

/// Why certificate authorities cannot be used: where they are, who says so, and what is wrong there.
package struct AuthoritiesProblem: Hashable, Sendable {
    package enum Setting: Hashable, Sendable {
        case caFile
        /// Such as `SSL_CERT_FILE`.
        case variable(String)
        case system
    }

    package enum Reason: Hashable, Sendable {
        case unreadable(SystemError)
        /// A folder or a device where a file is needed.
        case noFile
        /// None of the folders exists.
        case noFolder
        case empty
        case notPEM
        /// PEM that holds no certificate, or one that OpenSSL cannot read, in its words.
        case damaged([String])
    }

    package let path: String
    package let setting: Setting
    package let reason: Reason

    package init(path: String, setting: Setting, reason: Reason) {
        (self.path, self.setting, self.reason) = (path, setting, reason)
    }
}
