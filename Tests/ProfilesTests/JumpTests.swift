import Diagnostics
import Profiles
import Testing

@Suite struct JumpTests {
    private static let profiles = """
        profiles:
          gate: {host: hub, target: {vm: vm-gate}}
          inner: {host: hub, target: {ip: 10.1.0.4}, ssh: {jump: gate}}
          deep: {target: {vm: vm-deep}, ssh: {jump: inner}}
          base: {template: true, target: {ip: 10.1.0.9}, ssh: {jump: gate}}
          derived: {extends: base}
          freed: {extends: base, host: hub, ssh: {jump: null}}

        """

    private func resolve(_ name: String, _ text: String = profiles) throws -> ResolvedProfile {
        try Fixtures.resolver(Fixtures.hub + text).resolve(name)
    }

    private func codes(_ name: String, _ text: String) -> [String] {
        do {
            _ = try resolve(name, text)
            return []
        } catch let error as Problems { return error.all.map(\.code) } catch { return ["\(error)"] }
    }

    @Test func `has the machines on the way, the first reached one first`() throws {
        let deep = try resolve("deep").profile
        #expect(deep.jumps.map(\.name) == ["gate", "inner"])
        #expect(deep.jumps.map(\.jumps.count) == [0, 1])
        #expect(deep.entry.name == "gate")
        #expect(deep.jumps[1].places["ssh.jump"] != nil)
        let gate = try resolve("gate").profile
        #expect(gate.jumps.isEmpty && gate.entry == gate)
    }

    @Test func `what lies behind a jump needs no bastion host of its own`() throws {
        let deep = try resolve("deep").profile
        #expect(deep.host.name == "hub")
        guard case .resource(let id) = deep.target else {
            Issue.record("no resource")
            return
        }
        #expect(id.resourceGroup == "rg-hub")
        let resolver = Fixtures.resolver(Fixtures.hub + Self.profiles)
        #expect(resolver.summaries().filter { !$0.isTemplate }.allSatisfy { $0.problem == nil })
        #expect(resolver.validate().all.isEmpty)
    }

    @Test func `a jump is inherited, and can be taken back`() throws {
        #expect(try resolve("derived").profile.jumps.map(\.name) == ["gate"])
        #expect(try resolve("freed").profile.jumps.isEmpty)
    }

    @Test(arguments: [
        ("a", "a: {host: hub, target: {vm: a}, ssh: {jump: b}}", "profile.unknown-profile"),
        (
            "a",
            """
            a: {host: hub, target: {vm: a}, ssh: {jump: t}}
              t: {template: true, host: hub, target: {vm: t}}
            """, "profile.is-template"
        ),
        ("a", "a: {host: hub, target: {vm: a}, ssh: {jump: a}}", "profile.jump-cycle"),
        (
            "a",
            """
            a: {host: hub, target: {vm: a}, ssh: {jump: b}}
              b: {host: hub, ssh: {jump: c}}
              c: {host: hub, target: {vm: c}}
            """, "profile.missing-key"
        ),
    ])
    func `a chain with a fault is refused`(_ name: String, _ text: String, _ code: String) {
        #expect(codes(name, "profiles:\n  \(text)\n") == [code])
    }

    @Test func `a circle is shown`() throws {
        let text = """
            profiles:
              a: {host: hub, target: {vm: a}, ssh: {jump: b}}
              b: {host: hub, target: {vm: b}, ssh: {jump: c}}
              c: {host: hub, target: {vm: c}, ssh: {jump: b}}

            """
        let error = #expect(throws: Problems.self) { try resolve("a", text) }
        let problem = try #require(error?.all.first)
        #expect(problem.message == "'ssh.jump' goes in a circle: a → b → c → b")
        #expect(problem.location?.line == 7)
    }

    @Test func `more machines than anybody can follow are refused`() throws {
        func chain(_ count: Int) -> String {
            (0...count).reduce("profiles:\n") { text, number in
                let jump = number == 0 ? "" : ", ssh: {jump: p\(number - 1)}"
                return text + "  p\(number): {host: hub, target: {vm: v\(number)}\(jump)}\n"
            }
        }
        #expect(try resolve("p8", chain(8)).profile.jumps.count == 8)
        #expect(codes("p9", chain(9)) == ["profile.jump-too-deep"])
    }

    @Test func `what a machine on the way asks for needs the same trust`() throws {
        let file = Fixtures.file(
            Fixtures.hub + """
                profiles:
                  gate: {host: hub, target: {vm: gate}, ssh: {options: {ForwardAgent: yes}}}
                  inner: {target: {vm: inner}, ssh: {jump: gate}}

                """, isUserOwned: false)
        let resolved = try Fixtures.resolver([[file]]).resolve("inner")
        #expect(resolved.gatedRequests.map(\.keyPath) == ["profiles.gate.ssh.options.ForwardAgent"])
    }
}
