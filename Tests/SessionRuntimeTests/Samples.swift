import Glibc
import Planning
import Posix
import Profiles
import Testing

@testable import SessionRuntime

enum Samples {
    static let machine =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/dev-vm"
    static let host = "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/bastionHosts/bas"

    static func plan() throws -> Plan {
        let bastion = BastionHost(
            name: "hub", resourceID: try #require(ResourceID(host)), tenant: nil,
            cloud: try #require(Cloud.builtIn.first))
        return Plan(
            profile: "dev", bastion: bastion, target: .resource(try #require(ResourceID(machine))), steps: [])
    }

    static func label(_ kind: SecretLabel.Kind = .password) throws -> SecretLabel {
        let plan = try plan()
        return SecretLabel(
            kind: kind, target: TargetKey(plan.target, port: 22, through: plan.bastion), username: "me",
            profile: plan.profile)
    }
}
