import Diagnostics
import Posix
import TestSupport
import Testing

@testable import ProfileStore

@Suite struct KnownHostsFileTests {
    /// The key and the fingerprint that `ssh-keygen -l` (OpenSSH 9.2) gives it.
    static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIBix//VLQ/XYdJTi9xLg3fjtViTXYpSJb/fiv+GQQ69x"
    static let fingerprint = "SHA256:O+2RZmxaH4/sjZZvnjBsdQI0zyBT/5B3G9fkl7MauF0"

    private let home: TemporaryHome
    private let path: String

    init() throws {
        home = try TemporaryHome()
        path = home.path("known_hosts")
    }

    private func file(_ text: String) throws -> KnownHostsFile {
        try home.write(text, to: "known_hosts", permissions: 0o644)
        return KnownHostsFile(path)
    }

    @Test func `finds the keys of a name, whatever its case, among names and markers`() throws {
        let file = try file(
            """
            # vm:22 ssh-rsa AAAA

            vm:22 ssh-ed25519 \(Self.key) a comment
            @revoked other,VM:22 ssh-ed25519 \(Self.key)
            vm:222 ssh-ed25519 \(Self.key)
            vm:22 ssh-rsa not*base64
            vm:22
            """)
        let keys = try file.keys(of: "Vm:22")
        #expect(keys.map(\.location.line) == [3, 4, 6])
        #expect(keys.map(\.type) == ["ssh-ed25519", "ssh-ed25519", "ssh-rsa"])
        #expect(keys.map(\.fingerprint) == [Self.fingerprint, Self.fingerprint, nil])
        #expect(keys.map(\.marker) == [nil, "@revoked", nil])
    }

    @Test func `has no keys where there is no file, and forgets nothing there`() throws {
        #expect(try KnownHostsFile(path).keys(of: "vm:22").isEmpty)
    }

    @Test func `keeps every byte of the other lines`() throws {
        let others = "# vm:22\r\n\nvm:222  ssh-rsa\tAAAA \n"
        let file = try file("vm:22 ssh-rsa AAAA\n\(others)a,vm:22,b ssh-rsa AAAA x\nvm:22 ssh-rsa AAAB\n")
        try file.forget("vm:22")
        let contents = try FileReader.read(path, limit: 4096)
        #expect(String(decoding: contents.bytes, as: UTF8.self) == "\(others)a,b ssh-rsa AAAA x\n")
        #expect(contents.facts.permissions == 0o600)
        #expect(try file.keys(of: "vm:22").isEmpty)
    }

    @Test func `says that the file cannot be read`() throws {
        try home.makeFolder("known_hosts")
        let error = #expect(throws: Diagnostic.self) { try KnownHostsFile(path).keys(of: "vm:22") }
        #expect(error?.code == "known-hosts.unreadable")
    }
}
