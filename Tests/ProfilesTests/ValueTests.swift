import Diagnostics
import Profiles
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("10.0.0.4", "10.0.0.4"), ("::1", "::1"), ("FD00:0:0:0:0:0:0:1", "fd00::1"), ("::", "::"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::ffff:10.0.0.1", "::ffff:a00:1"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("1::", "1::"),
    ])
    func `an address has one text`(_ text: String, _ canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.256", "10.0.0.04", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::",
        ":1:2:3:4:5:6:7",
        "12345::", "fe80::1%eth0", "10.0.0.0/8", "::g", "1:2:3:4:5:6:7::8",
    ])
    func `refuses what is no address`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        "22", "2222:", ":22", "2222:0", "70000:22", "1:2:22:22", "ssh:22", "", "[::1:1:2", "-1:2", "01:2",
    ])
    func `refuses what is no port mapping`(_ text: String) {
        #expect(PortMapping(text) == nil)
    }

    @Test(arguments: [
        ("${user}", "alice"), ("a-${user}-b", "a-alice-b"), ("${env:TEAM}", "blue"), ("${env:NO:-x}", "x"),
        ("${env:EMPTY:-x}", "x"), ("${env:TEAM:-x}", "blue"), ("$${user}", "${user}"), ("${env:NO:-}z", "z"),
        ("5$", "5$"),
    ])
    func `replaces placeholders once and evaluates nothing else`(_ text: String, _ expected: String) throws {
        let file =
            Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: x}, auth: {username: '\(text)'}}\n"
        #expect(try Fixtures.resolver(file).resolve("dev").profile.authentication.username == expected)
    }

    @Test func `what a placeholder brings in is checked like what is written`() {
        var context = Fixtures.context
        context.environment["BAD"] = "-oProxyCommand=id"
        context.environment["LINES"] = "a\nb"
        let text =
            Fixtures.hub + """
                profiles:
                  a: {host: hub, target: {vm: x}, auth: {username: "${env:BAD}"}}
                  b: {host: hub, target: {vm: x}, auth: {username: "${env:LINES}"}}
                  c: {host: hub, target: {vm: x}, auth: {username: "${env:EMPTY}"}}
                """
        let resolver = ProfileResolver(layers: [ProfileLayer([Fixtures.file(text)])], context: context)
        #expect(
            resolver.validate().all.map(\.code) == [
                "profile.invalid-text", "profile.control-character", "profile.empty-value",
            ])
    }

    @Test func `a file with more mistakes than are shown is not used at all`() {
        let mistakes = (0..<300).map { "  p\($0): {x: y}\n" }.joined()
        let text = Fixtures.hub + "profiles:\n\(mistakes)  dev: {host: hub, target: {vm: x}}\n"
        #expect(throws: Problems.self) { try Fixtures.resolver(text).resolve("dev") }
    }

    @Test func `many warnings do not stop anything`() throws {
        let ports = Array(repeating: "22:22", count: 300).joined(separator: ", ")
        let text = Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: x}, ports: [\(ports)]}\n"
        #expect(try Fixtures.resolver(text).resolve("dev").profile.ports.count == 300)
    }

    @Test func `a file full of mistakes stops at a number of them`() {
        let text = "version: 1\nprofiles:\n" + (0..<5000).map { "  P\($0): {x: y}\n" }.joined()
        let problems = Fixtures.file(text).problems.all
        #expect(problems.count <= 202)
        #expect(problems.contains { $0.code == "profile.too-many-problems" })
    }
}
