import Diagnostics
import Drafts
import Profiles
import Testing

@Suite struct DesktopImportTests {
    static let rdp = """
        screen mode id:i:1
        use multimon:i:1
        desktopwidth:i:1920
        desktopheight:i:1080
        session bpp:i:32
        full address:s:10.0.0.4:3390
        username:s:dev
        domain:s:CONTOSO
        redirectclipboard:i:1
        audiomode:i:0
        audiocapturemode:i:1
        connection type:i:6
        prompt for credentials:i:1
        """

    /// As Windows and others save it.
    static func encodings(of text: String) -> [[UInt8]] {
        let lines = text.split(separator: "\n").joined(separator: "\r\n")
        let little = lines.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let big = lines.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return [
            Array(text.utf8), Array(lines.utf8), [0xEF, 0xBB, 0xBF] + Array(lines.utf8),
            [0xFF, 0xFE] + little,
            [0xFE, 0xFF] + big, little, big,
        ]
    }

    @Test(arguments: encodings(of: rdp))
    func `an rdp file becomes a profile, however it is encoded`(_ bytes: [UInt8]) throws {
        var request = ImportRequest(file: "/tmp/Win Dev.rdp")
        request.host = .known("hub")
        let result = try Importer.read(bytes, request)
        #expect(result.codes == [])
        let profile = try Fixtures.profile(result)
        #expect(profile.name == "win-dev" && profile.client == .xfreerdp)
        #expect(profile.target == .address("10.0.0.4") && profile.targetPort == 3390)
        #expect(profile.authentication == Authentication(method: .password, username: "CONTOSO\\dev"))
        var rdp = RDPSettings()
        rdp.size = "1920x1080"
        rdp.multimon = true
        (rdp.clipboard, rdp.sound, rdp.microphone) = (true, true, true)
        rdp.performance = "lan"
        #expect(profile.rdp == rdp)
    }

    @Test(arguments: [
        ("password 51:b:01000000D08C9DDF", ["import.secret"]),
        ("gatewayaccesstoken:s:eyJ0hunter2", ["import.secret"]),
        ("drivestoredirect:s:*", ["import.left-out"]), ("redirectprinters:i:1", ["import.left-out"]),
        ("gatewayhostname:s:bst-1.bastion.azure.com\ngatewayusagemethod:i:1", ["import.left-out"]),
        ("remoteapplicationmode:i:1\nalternate shell:s:||app", ["import.left-out"]),
        ("desktopwidth:i:5\ndesktopheight:i:5", ["import.invalid-value"]),
        ("username:s:a b", ["import.invalid-value"]),
        ("redirectprinters:i:0\ndrivestoredirect:s:\nprompt for credentials:i:1", []),
    ])
    func `what an rdp file cannot carry over is said, and secrets are not shown`(
        _ lines: String, _ codes: [String]
    ) throws {
        let result = try Fixtures.read("full address:s:10.0.0.4\n\(lines)\n", file: "a.rdp")
        #expect(result.codes == codes)
        let shown = Fixtures.text(result) + result.warnings.map(\.text).joined()
        #expect(!shown.contains("hunter2") && !shown.contains("01000000"))
        #expect(Fixtures.decode(Fixtures.text(result)).problems.all == [])
    }

    @Test func `an rdp file for Entra ID says so`() throws {
        let result = try Fixtures.read(
            "full address:s:win-7\nenablerdsaadauth:i:1\nusername:s:AzureAD\\me@contoso.com")
        #expect(result.codes == ["import.incomplete"])
        #expect(result.profiles[0]["auth.type"] == .text("aad"))
        #expect(result.profiles[0]["auth.username"] == .literal("me@contoso.com"))
        #expect(result.profiles[0]["rdp.computerName"] == .literal("win-7"))
    }

    @Test func `the bastion's own rdp file names the target by its resource ID`() throws {
        let result = try Fixtures.read(
            "full address:s:\(Fixtures.machine)\ngatewayhostname:s:bst-1.bastion.azure.com")
        #expect(try Fixtures.profile(result).target == .resource(try #require(ResourceID(Fixtures.machine))))
    }

    @Test func `a Remmina desktop becomes a profile`() throws {
        let result = try Fixtures.read(
            """
            [remmina]
            password=hunter2==
            name=Win  Dev (lab)
            group=lab
            protocol=RDP
            server=10.0.0.4:3390
            username=dev
            domain=CONTOSO
            resolution_width=1600
            resolution_height=900
            disableclipboard=0
            sharefolder=/srv/share dir
            sound=local
            network=wan
            cert_ignore=1
            multimon=1
            """)
        #expect(result.codes == ["import.secret", "import.left-out"])
        #expect(result.warnings[0].remedy.contains("secret set win-dev-lab"))
        #expect(!(Fixtures.text(result) + result.warnings.map(\.text).joined()).contains("hunter2"))
        let profile = try Fixtures.profile(result)
        #expect(profile.name == "win-dev-lab" && profile.tags == ["lab"] && profile.targetPort == 3390)
        #expect(profile.authentication == Authentication(method: .password, username: "CONTOSO\\dev"))
        #expect(profile.rdp.size == "1600x900" && profile.rdp.clipboard && profile.rdp.sound)
        #expect(profile.rdp.drives == [RDPSettings.Drive(name: "sharedir", path: "/srv/share dir")])
        #expect(profile.rdp.performance == "wan" && profile.rdp.multimon == true)
    }

    @Test func `a Remmina shell becomes a profile`() throws {
        let result = try Fixtures.read(
            "[remmina]\nprotocol=SSH\nname=box\nserver=10.0.0.5:2222\nssh_auth=1\nusername=me\n"
                + "ssh_privatekey=/home/me/.ssh/id\nssh_passphrase=hunter2\nssh_tunnel_enabled=1\nexec=htop\n"
        )
        #expect(result.codes == ["import.secret", "import.left-out"])
        let profile = try Fixtures.profile(result)
        #expect(profile.client == .ssh && profile.targetPort == 2222 && profile.ssh.command == "htop")
        #expect(
            profile.authentication
                == Authentication(method: .sshKey(.file("/home/me/.ssh/id")), username: "me"))
    }

    @Test func `another protocol of Remmina is nothing for us`() {
        let error = #expect(throws: Diagnostic.self) {
            try Fixtures.read("[remmina]\nprotocol=VNC\nserver=a\n")
        }
        #expect(error?.code == "import.nothing-found")
    }
}
