import Diagnostics
import Profiles
import Testing

@Suite struct ConfigurationTests {
    private let origin = FileOrigin(label: "config.yaml", directory: "/c", isUserOwned: true)

    @Test func `reads the user's defaults`() throws {
        let text = """
            account: alice@contoso.com
            username: alice
            hosts: {hub: {username: azureuser}}
            sources:
              - {name: team, git: "git@example.com:team/profiles.git", branch: main}
              - path: ~/shared
            client: {xfreerdp: /opt/freerdp/bin/xfreerdp3}
            tunnel: {drain: 1m}
            """
        let (found, warnings) = try Configuration.decode(
            Array(text.utf8), origin: origin, context: Fixtures.context)
        #expect(warnings == [])
        #expect(found.account == "alice@contoso.com")
        #expect(found.usernames == ["hub": "azureuser"])
        #expect(
            found.sources.map(\.place) == [
                .git(url: "git@example.com:team/profiles.git", branch: "main", folder: nil),
                .folder("/home/alice/shared"),
            ])
        #expect(found.clientPrograms == ["xfreerdp": "/opt/freerdp/bin/xfreerdp3"])
        let file = Fixtures.file(
            Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: x}, tunnel: {connectTimeout: 5s}}\n")
        let profile = try Fixtures.resolver([[file]], configuration: found).resolve("dev").profile
        #expect(profile.tunnel.drain == .seconds(60))
        #expect(profile.tunnel.connectTimeout == .seconds(5))
        #expect(profile.host.account == "alice@contoso.com")
        #expect(profile.authentication.username == "azureuser")
        #expect(profile.place(of: "auth.username")?.file == "config.yaml")
    }

    @Test(arguments: [
        ("usrname: a\n", "1:1 profile.unknown-key"), ("hosts: [a]\n", "1:8 profile.wrong-type"),
        ("password: hunter2\n", "1:1 profile.secret-in-file"),
        ("sources: [{name: a}]\n", "1:11 profile.missing-key"),
        ("account: [\n", "2:1 yaml.syntax"), ("username: \"${env:NONE}\"\n", "1:11 profile.unset-variable"),
    ])
    func `reports what is wrong`(_ text: String, _ expected: String) {
        let error = #expect(throws: Problems.self) {
            _ = try Configuration.decode(Array(text.utf8), origin: origin, context: Fixtures.context)
        }
        let lines = error?.all.map { "\($0.location?.line ?? 0):\($0.location?.column ?? 0) \($0.code)" }
        #expect(lines == [expected])
        #expect(error?.all.allSatisfy { !$0.text.contains("hunter2") } == true)
    }
}
