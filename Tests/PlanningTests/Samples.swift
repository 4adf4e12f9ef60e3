import Diagnostics
import Profiles
import Testing

@testable import Planning

/// A profile, a machine and a host on which everything works; each test changes what it is about.
enum Samples {
    static let subscription = "11111111-1111-1111-1111-111111111111"
    static let machineID =
        "/subscriptions/\(subscription)/resourceGroups/rg-dev/providers/Microsoft.Compute/virtualMachines/Dev-Linux"
    static let hostID =
        "/subscriptions/\(subscription)/resourceGroups/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub"

    static func resource(_ text: String) throws -> ResourceID { try #require(ResourceID(text)) }

    static func host() throws -> BastionHost {
        let cloud = try #require(Cloud.builtIn.first)
        return BastionHost(
            name: "hub", resourceID: try resource(hostID), tenant: "22222222-2222-2222-2222-222222222222",
            cloud: cloud)
    }

    static func profile(_ change: (inout Profile) throws -> Void = { _ in }) throws -> Profile {
        var profile = Profile(
            name: "dev-linux", host: try host(), target: .resource(try resource(machineID)), targetPort: 22,
            authentication: Authentication(method: .sshKey(.file("/home/me/.ssh/id")), username: "azureuser"),
            client: .ssh)
        try change(&profile)
        return profile
    }

    static func facts(_ change: (inout Facts) -> Void = { _ in }) -> Facts {
        var facts = Facts(
            ownExecutable: "/usr/bin/bastion-up", stateFolder: "/home/me/.local/state/bastion-up",
            runtimeFolder: "/run/user/1000/bastion-up")
        facts.executables["ssh"] = Facts.Executable(path: "/usr/bin/ssh", version: "OpenSSH_9.2p1 Debian-2")
        change(&facts)
        return facts
    }

    static func hostFacts(_ change: (inout HostFacts) -> Void = { _ in }) -> HostFacts {
        var host = HostFacts(
            sku: "Standard", endpoint: "bst-1.bastion.azure.com", enableTunneling: true, enableIPConnect: true
        )
        change(&host)
        return host
    }

    static let connect = PlanRequest.connect(arguments: [], tty: false)

    static func place(_ line: Int) -> Diagnostics.SourceLocation {
        Diagnostics.SourceLocation(file: "dev.yaml", line: line, column: 5)
    }
}
