import Profiles
import Testing

@testable import Planning

@Suite struct WordTests {
    static let word = Word([
        .text("-v:"), .port(.client), .text(" as "), .principal, .text(" at "), .path(.tunnelSocket, .none),
    ])

    @Test func `shows its holes to a person`() {
        #expect(Self.word.shown == "-v:<free-port> as <principal> at <runtime>/tunnel.sock")
        #expect(Self.word.hasHoles)
        #expect(!Word("plain").hasHoles)
    }

    @Test func `is filled with what the run knows`() {
        var filling = Word.Filling(folder: "/run/x")
        filling.ports[.client] = 3390
        #expect(Self.word.filled(by: filling) == nil)
        filling.principal = "me@example.com"
        #expect(Self.word.filled(by: filling) == "-v:3390 as me@example.com at /run/x/tunnel.sock")
        filling.ports = [.mapping(0): 1]
        #expect(Self.word.filled(by: filling) == nil)
    }

    @Test(arguments: [
        ("/run/user/1000/x", "/run/user/1000/x"),
        ("/a b/c", #"/a\ b/c"#),
        ("/it's", #"/it\'s"#),
        ("/100%/h", #"/100\%%/h"#),
        ("/$HOME;`id`", #"/\$HOME\;\`id\`"#),
        (#"/back\slash"#, #"/back\\slash"#),
        ("/ümlaut", "/ümlaut"),
        ("/a\nb", "/a'\n'b"),
    ])
    func `a path in a proxy command means itself to ssh and to any shell`(_ path: String, quoted: String) {
        #expect(Quoting.proxyCommand.quoted(path) == quoted)
        let word = Word([.path(.tunnelSocket, .proxyCommand)])
        #expect(word.filled(by: Word.Filling(folder: path)) == quoted + "/tunnel.sock")
    }

    @Test(arguments: [
        ("a", "'a'"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("", "''"), ("$x\n", "'$x\n'"),
        ("'\u{301};x", "''\\''\u{301};x'"), ("\u{600}';x", "'\u{600}'\\'';x'"),
    ])
    func `a word for sh means itself`(_ word: String, quoted: String) {
        #expect(Quoting.shell.quoted(word) == quoted)
    }

    /// For Swift such a pair is one character.
    @Test(arguments: ["\u{301}", "\u{200D}", "\u{FE0F}"])
    func `a mark that combines with one that has a meaning hides it from nobody`(_ mark: String) {
        #expect(Quoting.insideRemoteShell(.none).quoted("a'\(mark)b") == "a''\(mark)b")
        #expect(Quoting.proxyCommand.quoted("%\(mark)").unicodeScalars.starts(with: #"\%%"#.unicodeScalars))
        #expect(Quoting.sshOption.quoted("%\(mark)").unicodeScalars.filter { $0 == "%" }.count == 2)
        #expect(SSHConfiguration.word("a\"\(mark)").hasPrefix("\""))
        #expect(SSHConfiguration.word("a \(mark)b").hasPrefix("\""))
    }

    @Test(arguments: [
        ("plain/-_.:=+,@%", "plain/-_.:=+,@%"), ("", "''"), ("a b", "'a b'"), ("$x", "'$x'"),
        ("it's", #"'it'\''s'"#), ("~", "'~'"),
    ])
    func `a word that people read is quoted where a shell needs it`(_ word: String, quoted: String) {
        #expect(Quoting.shellWhereNeeded.quoted(word) == quoted)
    }

    @Test func `a command in a private file is filled and quoted`() {
        let file = ClientCommand.PrivateFile(
            .jump(1), command: ["/usr/bin/ssh", Word([.text("-oX="), .path(.tunnelSocket, .none)]), "it's"])
        #expect(
            file.text(filledBy: Word.Filling(folder: "/a b"))
                == #"exec '/usr/bin/ssh' '-oX=/a b/tunnel.sock' 'it'\''s'"# + "\n")
        let unfilled = ClientCommand.PrivateFile(.jump(1), command: [Word([.port(.client)])])
        #expect(unfilled.text(filledBy: Word.Filling(folder: "/a")) == nil)
    }

    @Test func `the agent is shown as such`() {
        #expect(Word([.path(.agentSocket, .sshOption)]).shown == "<agent>")
    }

    @Test(arguments: [
        ("/home/me/known_hosts", #""/home/me/known_hosts""#),
        ("/a b/%d", #""/a b/%%d""#),
        (#"/a"b\c"#, #""/a\"b\\c""#),
    ])
    func `a path in an ssh option means itself`(_ path: String, quoted: String) {
        #expect(Quoting.sshOption.quoted(path) == quoted)
    }
}

@Suite struct TargetKeyTests {
    @Test func `a resource is known by its ID in lower case and its port`() throws {
        let key = TargetKey(of: try Samples.profile())
        #expect(key.text == Samples.machineID.lowercased() + ":22")
        #expect(key.hostKeyAlias == key.text)
        let other = try Samples.profile {
            $0.name = "same-machine"
            $0.target = .resource(try Samples.resource(Samples.machineID.replacingDev()))
        }
        #expect(TargetKey(of: other) == key)
        #expect(TargetKey(of: try Samples.profile { $0.targetPort = 2222 }) != key)
    }

    @Test(arguments: [
        ("10.0.0.4", "/address/10.0.0.4:22", "/address/10.0.0.4:22"),
        ("fd00::4", "/address/[fd00::4]:22", "/address/~5bfd00::4~5d:22"),
    ])
    func `an address is known by the bastion that reaches it`(_ address: String, text: String, alias: String)
        throws
    {
        let key = TargetKey(of: try Samples.profile { $0.target = .address(address) })
        #expect(key.text == Samples.hostID.lowercased() + text)
        #expect(key.hostKeyAlias == Samples.hostID.lowercased() + alias)
    }

    @Test func `an address behind a jump is known by the machine that reaches it`() throws {
        let hop = try Samples.profile { $0.target = .address("10.0.0.4") }
        let profile = try Samples.profile {
            $0.target = .address("10.0.0.4")
            $0.jumps = [hop]
        }
        #expect(TargetKey(of: profile).text == TargetKey(of: hop).text + "/address/10.0.0.4:22")
        // So is one with an ID: its name is looked up by the machine before it.
        let machine = try Samples.profile { $0.jumps = [hop] }
        #expect(TargetKey(of: machine) != TargetKey(of: try Samples.profile()))
    }

    @Test(arguments: [
        ("a,b", "a~2cb"), ("a*", "a~2a"), ("a|b", "a~7cb"), ("a~2c", "a~7e2c"), ("a(b)", "a(b)"),
        ("grüße", "gr~c3~bc~c3~9fe"), ("a!@[b]", "a~21~40~5bb~5d"),
    ])
    func `an alias has nothing that a line of known hosts gives a meaning to`(_ name: String, alias: String)
        throws
    {
        let prefix = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/"
        let profile = try Samples.profile { $0.target = .resource(try Samples.resource(prefix + name)) }
        #expect(TargetKey(of: profile).hostKeyAlias == prefix + alias + ":22")
    }
}

extension String {
    fileprivate func replacingDev() -> String { dropLast("Dev-Linux".count) + "DEV-linux" }
}
