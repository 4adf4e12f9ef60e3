import Diagnostics
import Drafts
import Profiles
import Testing

@Suite struct ImporterTests {
    private func code(_ bytes: [UInt8], _ change: (inout ImportRequest) -> Void = { _ in }) -> String? {
        var request = ImportRequest(file: "input")
        change(&request)
        do {
            _ = try Importer.read(bytes, request)
            return nil
        } catch { return error.code }
    }

    @Test func `what is no text, too large or nothing of ours is refused`() {
        #expect(code([]) == "import.unknown-format")
        #expect(code([0, 0, 1, 2]) == "import.not-text")
        #expect(code([0xFF, 0xFE, 0x41]) == "import.not-text")
        #expect(code([0xFF, 0xFE, 0x00, 0xD8]) == "import.not-text")
        #expect(code([0x80, 0x81]) == "import.not-text")
        #expect(code(Array("a\u{0}b".utf8)) == "import.not-text")
        #expect(code(Array("hello world\n".utf8)) == "import.unknown-format")
        #expect(code([UInt8](repeating: 0x41, count: Importer.sizeLimit + 1)) == "import.too-large")
        #expect(code(Array("az network bastion create\n".utf8)) == "import.nothing-found")
        #expect(code(Array("Host *\n  User x\n".utf8)) == "import.nothing-found")
    }

    @Test func `a name is for one profile`() throws {
        let two = Array("Host a\n HostName 10.0.0.1\nHost b\n HostName 10.0.0.2\n".utf8)
        #expect(code(two) { $0.name = "x" } == "import.several")
        let one = try Fixtures.read("Host a\n HostName 10.0.0.1\n", name: "x")
        #expect(one.profiles.map(\.name) == ["x"])
    }

    @Test(arguments: [
        ("Web Server #1", "web-server-1"), ("ÄÖÜ", "imported"), ("--", "imported"), ("", "imported"),
        ("UPPER.case_x", "upper.case_x"),
        (String(repeating: "a", count: 200), String(repeating: "a", count: 56)),
        ("../../etc/passwd", "etc-passwd"), ("日本-host", "host"),
    ])
    func `names are made to follow the rules`(_ text: String, _ name: String) throws {
        let result = try Fixtures.read(
            "[remmina]\nprotocol=SSH\nserver=10.0.0.1\nname=\(text)\n", format: .remmina)
        #expect(result.profiles.map(\.name) == [text.isEmpty ? "10.0.0.1" : name])
    }

    @Test func `names that are taken get a suffix`() throws {
        var request = ImportRequest(file: "input")
        request.takenNames = ["a", "a-ssh", "a-2"]
        let result = try Importer.read(
            Array("Host a\n HostName 10.0.0.1\nHost a\n HostName 10.0.0.2\n".utf8), request)
        #expect(result.profiles.map(\.name) == ["a-3", "a-4"])
    }

    /// Texts that grow with the square of their length where code is careless.
    static let heavy = [
        String(repeating: "Host a\n HostName 10.0.0.1\n", count: 3_000),
        "Host a\n HostName 10.0.0.1\n" + String(repeating: " LocalForward 1 a:2\n", count: 4_000),
        String(repeating: "az network bastion ssh -n a;", count: 3_000),
        "az network bastion ssh " + String(repeating: "--frob x ", count: 9_000),
        "az network bastion ssh " + String(repeating: "$(", count: 40_000),
        "az network bastion ssh " + String(repeating: "<", count: 70_000),
        "A=" + String(repeating: "x", count: 1000) + "\naz network bastion ssh -n \""
            + String(repeating: "$A", count: 40_000),
        String(repeating: "a\\", count: 40_000) + "network bastion",
        "full address:s:" + String(repeating: ":", count: 70_000),
        (0..<6_000).map { "key\($0):s:value" }.joined(separator: "\n"),
        "[remmina]\nprotocol=SSH\n" + (0..<5_000).map { "password\($0)=x\($0)" }.joined(separator: "\n"),
        "[remmina]\nprotocol=RDP\nserver=" + String(repeating: "[", count: 70_000),
        "Host a\n HostName " + String(repeating: "%h", count: 40_000),
        "Host " + String(repeating: "a", count: 100_000) + "\n HostName "
            + String(repeating: "%h", count: 70_000),
        "A=" + String(repeating: "x", count: 1000) + "\naz network bastion ssh "
            + String(repeating: "$A ", count: 80_000),
        "Host a\n HostName 10.0.0.1\n User " + String(repeating: "${", count: 40_000),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: heavy.indices)
    func `heavy texts end in bounded time`(_ index: Int) {
        let bytes = Array(Self.heavy[index].utf8.prefix(Importer.sizeLimit / 16))
        for format in ImportFormat.allCases {
            var request = ImportRequest(file: "input")
            request.format = format
            if let result = try? Importer.read(bytes, request) {
                #expect(result.profiles.count <= Importer.draftLimit && result.warnings.count <= 101)
                #expect(Fixtures.decode(Fixtures.text(result)).problems.errors == [])
            }
        }
    }

    @Test(arguments: 0..<10)
    func `random text never breaks a reader, and what comes out is valid`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let pieces = [
            "az network bastion ", "ssh", "rdp", "tunnel", " --name", " -g", " --target-resource-id ", "=",
            "\"", "'", "\\",
            "\n", "\r\n", "$(", ")", "${", "}", "`", "<", ">", "|", "&", ";", "#", " ", "\t", "Host ",
            "HostName ",
            "ProxyCommand ", "LocalForward ", "10.0.0.1", ":", ":s:", ":i:", "full address", "[remmina]",
            "protocol=RDP\n",
            "server=", "username=", "password=", "-----BEGIN", "\u{202E}", "é", "🚀", "--", "-L", "-o", "%h",
            "*", "\u{7F}",
            Fixtures.machine,
        ]
        for _ in 0..<40 {
            let text = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            for format in ImportFormat.allCases {
                var request = ImportRequest(file: "input")
                request.format = format
                guard let result = try? Importer.read(Array(text.utf8), request) else { continue }
                #expect(
                    Fixtures.decode(Fixtures.text(result)).problems.errors == [], "\(text.debugDescription)")
            }
            let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? Importer.read(bytes, ImportRequest(file: "input"))
        }
    }
}

/// The generator of Steele, Lea and Flood, so that a failure can be run again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
