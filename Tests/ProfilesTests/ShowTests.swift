import Diagnostics
import Profiles
import Testing

@Suite struct ShowTests {
    @Test func `shows each value with the line that it came from`() throws {
        let text =
            Fixtures.hub + """
                profiles:
                  base: {template: true, host: hub, auth: {type: password}}
                  dev:
                    extends: base
                    description: "two\\nlines"
                    target: {vm: "007"}
                    ports: [{local: 1, remote: 2}]
                    ssh: {options: {Compression: yes}}
                """
        let shown = try Fixtures.resolver(text).resolve("dev").settings.yaml
        #expect(
            shown == """
                version: 1  # default
                hosts:
                  hub:
                    name: bas-hub  # a.yaml:3
                    resourceGroup: rg-hub  # a.yaml:3
                    subscription: 11111111-1111-1111-1111-111111111111  # a.yaml:3
                profiles:
                  dev:
                    host: hub  # a.yaml:5
                    auth:
                      type: password  # a.yaml:5
                      username: alice  # default
                    description: "two\\nlines"  # a.yaml:8
                    target:
                      vm: "007"  # a.yaml:9
                      port: 22  # default
                    ports:
                      -
                        local: 1  # a.yaml:10
                        remote: 2  # a.yaml:10
                    ssh:
                      options:
                        Compression: yes  # a.yaml:11
                    client: ssh  # default

                """)
    }

    @Test func `what is shown is a profile file that means the same`() throws {
        let path = "Tests/Corpus/good/every-key.yaml"
        let resolver = Fixtures.resolver(String(decoding: try Fixtures.read(path), as: UTF8.self))
        for name in resolver.profileNames where name != "dev-linux" {
            let first = try resolver.resolve(name)
            var again = try Fixtures.resolver(first.settings.yaml).resolve(name).profile
            again.places = first.profile.places
            // What is shown is said, no longer suggested.
            again.authentication.isUsernameSuggested = first.profile.authentication.isUsernameSuggested
            #expect(again == first.profile)
        }
    }
}
