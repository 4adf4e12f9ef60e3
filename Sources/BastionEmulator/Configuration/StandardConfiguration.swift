internal import Posix

extension EmulatorConfiguration {
    /// What stands where the file says nothing: one of each, with well-known names, port 22 of this machine.
    ///
    /// The client's secret is `bastion-emulator`: known to everybody, so it protects nothing.
    package static let standard: EmulatorConfiguration = {
        let tenant = "22222222-2222-2222-2222-222222222222"
        let subscription = "11111111-1111-1111-1111-111111111111"
        let group = "/subscriptions/\(subscription)/resourceGroups/"
        let hostID = ResourcePath(group + "rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub")
        let machine = ResourcePath(group + "rg-dev/providers/Microsoft.Compute/virtualMachines/dev-linux")
        var secret = Array("bastion-emulator".utf8)
        let client = Client(
            id: "33333333-3333-3333-3333-333333333333", secret: SecretBytes(moving: &secret))
        let local = LocalAddress(host: "127.0.0.1", port: 22)
        return EmulatorConfiguration(
            listen: .init(all: LocalAddress(host: "127.0.0.1", port: 8443)), publicName: "localhost",
            bastionSuffix: "localhost", audiences: [],
            tenants: [Tenant(id: tenant, clients: [client], subscriptions: [subscription])],
            hosts: hostID.map { id in
                [
                    Host(
                        id: id, sku: .standard, enableTunneling: true, enableIpConnect: true,
                        provisioningState: "Succeeded", location: "westeurope", dnsName: nil, port: nil,
                        instances: 2)
                ]
            } ?? [],
            targets: (machine.map { [Target(name: .resource($0), ports: [22: local])] } ?? [])
                + [Target(name: .address("10.0.0.4"), ports: [22: local])],
            rights: nil, limits: Limits(), faults: [])
    }()
}
