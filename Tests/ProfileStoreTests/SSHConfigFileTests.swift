import Diagnostics
import Glibc
import Posix
import TestSupport
import Testing

@testable import ProfileStore

@Suite struct SSHConfigFileTests {
    let home: TemporaryHome
    let line = "Include /home/me/.local/state/bastion-up/ssh_config"

    init() throws { home = try TemporaryHome() }

    private func file(_ path: String = "ssh/config") throws -> SSHConfigFile {
        try SSHConfigFile(home.path(path), including: String(line.dropFirst("Include ".count)))
    }

    private func text(_ path: String = "ssh/config") throws -> String {
        String(decoding: try FileReader.read(home.path(path), limit: 1 << 20).bytes, as: UTF8.self)
    }

    static let contents = [
        "Host a\n    User b\n", "Host a", "", "\n", "\r\nHost a\r\n", "# only a comment\n\n\n",
        "Host \u{FFFD}é\n\n",
    ]

    @Test(arguments: contents)
    func `stands first, once, and leaves everything else as it is`(_ content: String) throws {
        try home.write(content, to: "ssh/config", permissions: 0o640)
        #expect(try file().install() == .added)
        #expect(try text() == "\(line)\n\(content)")
        #expect(try file().install() == .none)
        #expect(try text() == "\(line)\n\(content)")
        #expect(try FileFacts(of: home.path("ssh/config")).permissions == 0o640)
        #expect(try file().uninstall() == .removed)
        #expect(try text() == content)
        #expect(try file().uninstall() == .none)
        #expect(try FolderListing.names(in: home.path("ssh")) == ["config"])
    }

    @Test func `keeps bytes that are no text`() throws {
        let bytes: [UInt8] = [0x23, 0xFF, 0xFE, 0x00, 0x0A, 0xC3]
        try home.makeFolder("ssh")
        try AtomicFile.write(bytes, to: home.path("ssh/config"))
        #expect(try file().install() == .added)
        #expect(try file().uninstall() == .removed)
        #expect(try FileReader.read(home.path("ssh/config"), limit: 100).bytes == bytes)
    }

    @Test func `moves to the front again, but for comments and blank lines`() throws {
        try home.write("# mine\n\n  \(line) \nHost a\n", to: "ssh/config")
        #expect(try file().install() == .none)
        try home.write("Include other\n\(line)\nHost a\n\(line)\n", to: "ssh/config")
        #expect(try file().install() == .movedToFront)
        #expect(try text() == "\(line)\nInclude other\nHost a\n")
    }

    @Test(arguments: [true, false])
    func `makes file and folder, and takes both away again`(_ hasFolder: Bool) throws {
        if hasFolder { try home.makeFolder("ssh", permissions: 0o755) }
        #expect(try file().install() == .created)
        #expect(try text().hasSuffix("\n\(line)\n"))
        #expect(try FileFacts(of: home.path("ssh/config")).permissions == 0o600)
        #expect(try FileFacts(of: home.path("ssh")).permissions == (hasFolder ? 0o755 : 0o700))
        #expect(try file().install() == .none)
        #expect(try file().uninstall() == .removed)
        #expect((try? FileFacts(of: home.path("ssh/config"))) == nil)
        #expect(((try? FileFacts(of: home.path("ssh"))) != nil) == hasFolder)
    }

    @Test func `keeps what was added to a file that it made`() throws {
        #expect(try file().install() == .created)
        try home.write(try text() + "Host mine\n", to: "ssh/config")
        #expect(try file().uninstall() == .removed)
        #expect(try text() == "Host mine\n")
    }

    @Test func `follows a link`() throws {
        try home.write("Host a\n", to: "dotfiles/ssh.conf", permissions: 0o644)
        try home.makeFolder("ssh")
        #expect(symlink("../dotfiles/ssh.conf", home.path("ssh/config")) == 0)
        #expect(try file().install() == .added)
        #expect(try FileFacts(ofLink: home.path("ssh/config")).kind == .symbolicLink)
        #expect(try text("dotfiles/ssh.conf") == "\(line)\nHost a\n")
        #expect(try FileFacts(of: home.path("dotfiles/ssh.conf")).permissions == 0o644)
        #expect(try file().uninstall() == .removed)
        #expect(try text("dotfiles/ssh.conf") == "Host a\n")
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "only root gives files away"))
    func `keeps the owner`() throws {
        try home.write("Host a\n", to: "ssh/config")
        #expect(chown(home.path("ssh/config"), 4321, 1234) == 0)
        #expect(try file().install() == .added)
        let facts = try FileFacts(of: home.path("ssh/config"))
        #expect(facts.owner == 4321)
        #expect(facts.group == 1234)
    }

    static let odd: [(String, @Sendable (String) -> CInt)] = [
        ("ssh-config.not-a-file", { mkfifo($0, 0o600) }),
        ("ssh-config.not-a-file", { mkdir($0, 0o700) }),
        ("ssh-config.not-a-file", { symlink("nowhere", $0) }),
        ("ssh-config.not-written", { close(open($0, O_CREAT | O_WRONLY, 0o400)) }),
        ("ssh-config.unreadable", { symlink("config", $0) }),
    ]

    @Test(arguments: odd.indices)
    func `refuses what it cannot change safely`(_ index: Int) throws {
        try home.makeFolder("ssh")
        #expect(Self.odd[index].1(home.path("ssh/config")) == 0)
        let error = #expect(throws: Diagnostic.self) { try file().install() }
        #expect(error?.code == Self.odd[index].0)
        #expect(error?.remedy.contains(line) == true)
        #expect(try FolderListing.names(in: home.path("ssh")) == ["config"])
    }

    @Test(arguments: ["/a\"b", "/a*", "/a[b]", "/50%", "/$HOME", "/a\nb", "/a\\b", "/it's"])
    func `includes no path that ssh would read as something else`(_ path: String) {
        let error = #expect(throws: Diagnostic.self) { try SSHConfigFile("/x", including: path) }
        #expect(error?.code == "ssh-config.path")
    }

    @Test func `a path with spaces stands in quotes`() throws {
        #expect(try SSHConfigFile("/x", including: "/a b/c").line == "Include \"/a b/c\"")
    }

    @Test func `knows the hosts that the file has`() throws {
        try home.write(
            "Host one two\nhost=three\n\tHOST \"four\"\nHostName five\n# Host six\nMatch host seven\n",
            to: "ssh/config")
        #expect(try file().hostPatterns() == ["one", "two", "three", "four"])
        #expect(try file("ssh/none").hostPatterns() == [])
    }
}
