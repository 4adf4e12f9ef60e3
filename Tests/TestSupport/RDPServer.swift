internal import Glibc
internal import Posix

/// A real RDP server on a free loopback port, in front of a desktop of its own. Ended when the test lets go of it.
///
/// The desktop is one window over the whole screen, in the colour `ground`; what is typed into it is kept.
package final class RDPServer: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// freerdp-shadow-cli: insists on network-level authentication, as Windows does. A wrong password
        /// makes it hang up. All who log in see the same desktop.
        case shadow
        /// xrdp: TLS, PAM, and an own X session for each login. A wrong password leads to its own dialog.
        case xrdp
    }

    package static let ground = Colour(red: 0x30, green: 0x60, blue: 0xA0)

    package let kind: Kind
    package let port: UInt16
    package let user = "alex"
    /// Long and unusual, so that a search for it finds nothing else.
    package let password = "rdp-\(String(UInt64.random(in: .min ... .max), radix: 36))"

    private let folder: String
    private let service: any RDPService

    package init(_ kind: Kind) throws {
        self.kind = kind
        folder = try TemporaryFolder.make("bu-rdp-")
        do {
            switch kind {
            case .shadow: service = try ShadowService(in: folder, user: user, password: password)
            case .xrdp: service = try XRDPService(in: folder, user: user, password: password)
            }
            port = service.port
        } catch {
            TemporaryFolder.remove(folder)
            throw error
        }
    }

    deinit {
        service.end()
        TemporaryFolder.remove(folder)
    }

    /// nil, or why a server of this kind cannot run here. For `.enabled(if:)`.
    package static func obstacle(to kind: Kind) -> String? {
        switch kind {
        case .shadow: ShadowService.obstacle
        case .xrdp: XRDPService.obstacle
        }
    }

    /// The SHA-256 of the certificate as FreeRDP writes it: `0f:3a:…`.
    package var fingerprint: String {
        get throws { try service.certificate.fingerprint }
    }

    /// What was typed on the desktop so far; nil until somebody's desktop is there.
    package var typed: String? {
        (try? FileReader.read(service.typedFile, limit: 1 << 20).bytes).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// What the server has written.
    package var log: String { service.log }

    /// Gives the server another certificate, as if its machine had been installed anew. It keeps its port.
    package func changeCertificate() throws { try service.changeCertificate() }

    /// Logs the user off from the server's side.
    /// - Throws: where nobody is logged in, and for `.shadow`, which knows no log-off.
    package func logOff() throws { try service.logOff() }
}

/// What the kinds of server have in common.
protocol RDPService: Sendable {
    var port: UInt16 { get }
    var certificate: RDPCertificate { get }
    var typedFile: String { get }
    var log: String { get }
    func changeCertificate() throws
    func logOff() throws
    func end()
}

/// A self-signed certificate and its key, as PEM files.
struct RDPCertificate: Sendable {
    let file: String
    let keyFile: String

    /// Makes a new one in the files.
    func make() throws {
        try Tool.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=win-dev.internal",
                "-keyout", keyFile, "-out", file,
            ])
    }

    var fingerprint: String {
        get throws {
            let text = try Tool.run("openssl", ["x509", "-in", file, "-noout", "-fingerprint", "-sha256"])
            return String(text.drop { $0 != "=" }.dropFirst().prefix { $0 != "\n" }).lowercased()
        }
    }
}

/// The programs that both kinds of desktop consist of.
enum RDPDesktop {
    static let programs = ["xterm", "openssl"]

    /// The words of an xterm that covers the screen, and writes each character that is typed to the file.
    static func command(typedFile: String) -> [String] {
        [
            "xterm", "-bg", RDPServer.ground.description, "-fg", "#ffcc00", "-b", "0", "+sb", "-bw", "0",
            "-geometry",
            "400x150+0+0", "-e", "sh", "-c", "stty -icanon; exec cat >\"$1\"", "sh", typedFile,
        ]
    }
}
