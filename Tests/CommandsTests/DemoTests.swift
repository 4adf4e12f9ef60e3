import Glibc
import Posix
import Testing

@testable import Commands

@Suite struct DemoTests {
    private static let local = DemoEmulator.Ready(
        authority: "https://localhost:8443", resourceManager: "https://localhost:8443",
        bastionSuffix: "localhost", caFile: "ca.pem")

    @Test func `the profile is the example that people read`() throws {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        let file = try FileReader.read(root + "/profiles/dev-linux.yaml", limit: 1 << 16)
        let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
        #expect(DemoProfile.text(Self.local).split(separator: "\n") == lines)
    }

    @Test func `the emulator's ready lines are read`() {
        let text = """
            authority=https://localhost:8443
            resourceManager=https://localhost:8443
            bastionSuffix=localhost
            caFile=ca.pem
            log=/tmp/a=b
            dnsName=localhost:8443

            """
        #expect(DemoEmulator.Ready(lines: text) == Self.local)
        #expect(DemoEmulator.Ready(lines: "authority=https://localhost:8443\n") == nil)
    }

    @Test func `the ssh server lets one user in with one key, on loopback`() {
        let text = SSHDConfiguration(
            port: 20022, hostKey: "/d/host", authorizedKeys: "/d/user.pub", user: "me", usesPAM: false
        ).text
        for line in [
            "ListenAddress 127.0.0.1", "Port 20022", "HostKey /d/host", "AuthorizedKeysFile /d/user.pub",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "StrictModes no",
            "PermitRootLogin prohibit-password", "AllowUsers me",
        ] {
            #expect(text.split(separator: "\n").contains(Substring(line)))
        }
    }

    @Test func `a user whose name has an @ is not read as a host`() {
        let text = SSHDConfiguration(
            port: 1, hostKey: "h", authorizedKeys: "k", user: "me@example.com", usesPAM: true
        ).text
        #expect(!text.contains("AllowUsers"))
        #expect(text.contains("UsePAM yes\n"))
    }

    @Test func `the session gets folders of its own and nothing of the user's Azure`() {
        let secret = DemoSecret()
        let environment = DemoEnvironment(
            [
                "PATH": "/bin", "AZURE_TENANT_ID": "mine", "AZURE_USERNAME": "me", "HTTPS_PROXY": "http://p",
                "XDG_CONFIG_HOME": "/home/me/.config", "BASTION_UP_PROFILES": "/x",
                "DBUS_SESSION_BUS_ADDRESS": "unix:path=/bus",
            ], folder: "/d", secret)
        #expect(
            environment.texts == [
                "AZURE_CLIENT_ID=\(DemoProfile.client)", "AZURE_CLIENT_SECRET=\(secret.text)",
                "AZURE_TENANT_ID=\(DemoProfile.tenant)", "PATH=/bin", "XDG_CACHE_HOME=/d/cache",
                "XDG_CONFIG_HOME=/d/config", "XDG_RUNTIME_DIR=/d/run", "XDG_STATE_HOME=/d/state",
            ])
    }

    @Test func `no two demos share a secret`() {
        #expect(DemoSecret().text != DemoSecret().text)
        #expect(DemoSecret().text.count > 20)
    }

    @Test(arguments: [
        (["opened", "deleted"], "==> 1 session opened, 1 deleted: nothing is left behind"),
        (["opened", "opened", "deleted"], "==> warning: 2 sessions opened, but 1 deleted"),
    ])
    func `the log tells whether every session was deleted`(events: [String], verdict: String) {
        let lines = events.map { #"{"time":"t","event":"session-\#($0)","session":"s"}"# + "\n" }
        let log = DemoLog(#"{"time":"t","event":"request"}"# + "\n" + lines.joined())
        #expect(log.sessions.count == events.count)
        #expect(log.verdict == verdict)
    }

    @Test func `what runs in the ssh server's sessions is told by its environment`() {
        func isOfLogin(_ text: String) -> Bool { RemoteCommands.isOfLogin(Array(text.utf8), port: 20022) }
        #expect(isOfLogin("A=b\0SSH_CONNECTION=127.0.0.1 4711 127.0.0.1 20022\0"))
        #expect(!isOfLogin("SSH_CONNECTION=127.0.0.1 4711 127.0.0.1 120022\0"))
        #expect(!isOfLogin("SSH_CONNECTION=10.0.0.1 20022 10.0.0.2 22\0"))
        #expect(!isOfLogin("A=SSH_CONNECTION=127.0.0.1 4711 127.0.0.1 20022\0"))
    }

    @Test func `a folder goes with all that is in it, links not followed`() throws {
        var template = Array("/tmp/demo-tests.XXXXXX".utf8CString)
        let base = try #require(mkdtemp(&template).map { String(cString: $0) })
        let gone = try PrivateFolder(making: base + "/gone/deep").path
        let kept = try PrivateFolder(making: base + "/kept").path
        try AtomicFile.write([1], to: gone + "/file")
        try AtomicFile.write([1], to: kept + "/file")
        #expect(symlink(kept, gone + "/link") == 0)
        FolderRemoval.remove(base + "/gone")
        #expect(access(base + "/gone", F_OK) != 0)
        #expect(access(kept + "/file", F_OK) == 0)
        FolderRemoval.remove(base)
        #expect(access(base, F_OK) != 0)
    }
}
