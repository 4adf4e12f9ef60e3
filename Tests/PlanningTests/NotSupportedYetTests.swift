import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct NotSupportedYetTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var keyPath: String
        var change: @Sendable (inout Profile) -> Void

        var testDescription: String { keyPath }
    }

    static let cases: [Case] = [
        Case(keyPath: "auth.type") { $0.authentication.method = .entra },
        Case(keyPath: "auth.keyVault") {
            $0.authentication.method = .sshKey(.keyVault(vault: "v", secret: "s", version: nil))
        },
    ]

    @Test(arguments: cases)
    func `what cannot be done yet is shown by the plan and refused by what runs it`(_ item: Case) throws {
        var profile = try Samples.profile()
        item.change(&profile)
        profile.places[item.keyPath] = Samples.place(7)
        let plan = try Planner().plan(profile, for: Samples.connect, given: Samples.facts())
        #expect(plan.refusals.map(\.code) == ["plan.not-supported-yet"])
        #expect(plan.refusals.first?.location == Samples.place(7))
        let refused = #expect(throws: Problems.self) { try plan.throwIfRefused() }
        #expect(refused?.exit == .configuration)
    }

    @Test(arguments: cases)
    func `tunnels alone and the proxy need no client`(_ item: Case) throws {
        var profile = try Samples.profile()
        item.change(&profile)
        for request in [PlanRequest.tunnel(ports: nil), .proxy(port: nil)] {
            let plan = try Planner().plan(
                profile, for: request, given: Samples.facts { $0.executables = [:] })
            #expect(plan.refusals.isEmpty)
        }
    }

    @Test func `a way to sign in to a machine on the way is refused too`() throws {
        var hop = try Samples.profile { $0.authentication.method = .entra }
        hop.places["auth.type"] = Samples.place(7)
        let profile = try Samples.profile { $0.jumps = [hop] }
        for request in [Samples.connect, .proxy(port: nil)] {
            let plan = try Planner().plan(profile, for: request, given: Samples.facts())
            #expect(plan.refusals.map(\.code) == ["plan.not-supported-yet"])
            #expect(plan.refusals.first?.location == Samples.place(7))
            #expect(plan.command == nil)
        }
    }
}
