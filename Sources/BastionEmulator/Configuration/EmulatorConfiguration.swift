package import Posix

/// What the emulator stands for: tenants, bastion hosts, targets, rights, limits and faults.
package struct EmulatorConfiguration: Sendable {
    /// Where each role listens; roles of one address share a listener.
    package var listen: Listeners
    /// The name that `authority` and `resourceManager` are reached under.
    package var publicName: String
    /// The domain of the bastion hosts' names.
    package var bastionSuffix: String
    /// Resources that tokens are issued for, besides the emulator's own resource manager and Azure's.
    package var audiences: [String]
    package var tenants: [Tenant]
    package var hosts: [Host]
    package var targets: [Target]
    /// Nil: every client may use everything of its tenant.
    package var rights: [Right]?
    package var limits: Limits
    package var faults: [Fault]

    package struct Listeners: Hashable, Sendable {
        package var signIn: LocalAddress
        package var resourceManager: LocalAddress
        package var bastion: LocalAddress

        package init(all address: LocalAddress) {
            (signIn, resourceManager, bastion) = (address, address, address)
        }
    }

    package struct Tenant: Sendable {
        package var id: String
        package var clients: [Client]
        /// Lower case.
        package var subscriptions: [String]
    }

    package struct Client: Sendable {
        package var id: String
        package var secret: SecretBytes
    }

    package struct Host: Sendable {
        package var id: ResourcePath
        package var sku: SKU
        package var enableTunneling: Bool
        package var enableIpConnect: Bool
        package var provisioningState: String
        package var location: String
        /// Without the port. Nil: made from the resource ID.
        package var dnsName: String?
        /// The port that Resource Manager tells of in place of the emulator's own: nobody need listen there.
        package var port: UInt16?
        /// How many instances stand behind the load balancer; a session lives on one of them.
        package var instances: Int
    }

    package enum SKU: String, CaseIterable, Sendable {
        case basic = "Basic"
        case standard = "Standard"
        case premium = "Premium"

        /// Whether native clients can be switched on.
        var takesNativeClients: Bool { self != .basic }
    }

    package struct Target: Sendable {
        package enum Name: Hashable, Sendable {
            case resource(ResourcePath)
            case address(String)
        }
        package var name: Name
        package var ports: [UInt16: LocalAddress]
    }

    /// What one client may use; lists that are nil admit everything.
    package struct Right: Sendable {
        package var client: String
        package var hosts: [ResourcePath]?
        package var targets: [Target.Name]?
    }

    package struct Limits: Sendable {
        /// Of access tokens.
        package var tokenLifetime = Duration.seconds(3599)
        /// How soon a WebSocket must be opened.
        package var webSocketTokenLifetime = Duration.seconds(60)
        /// Sessions of one host at once; more are answered 429.
        package var sessionsPerHost = 100
        /// Silence in both directions that ends a WebSocket with 1001. Nil: never.
        package var idleTimeout: Duration?
        /// How long a connection to a target may take.
        package var connectTimeout = Duration.seconds(10)
        /// What a WebSocket is closed with whose target does not take the connection.
        package var unreachableTargetCode: UInt16 = 1011

        package init() {}
    }
}

/// A host (a name or an address, without brackets) and a port.
package struct LocalAddress: Hashable, Sendable {
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }

    /// Reads `host:port` and `[address]:port`; a port alone means 127.0.0.1.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else {
            guard let port = UInt16(text) else { return nil }
            self.init(host: "127.0.0.1", port: port)
            return
        }
        var host = text[..<colon]
        guard let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard SocketAddress(literal: String(host), port: 0)?.isIPv6 == true else { return nil }
        } else if host.isEmpty || host.contains(":") {
            return nil
        }
        self.init(host: String(host), port: port)
    }
}

extension EmulatorConfiguration {
    func tenant(_ id: String) -> Tenant? { tenants.first { $0.id.lowercased() == id.lowercased() } }

    func tenant(ofSubscription id: String) -> Tenant? {
        tenants.first { $0.subscriptions.contains(id.lowercased()) }
    }

    func mayUse(client: String, host: ResourcePath) -> Bool {
        guard let rights else { return true }
        return rights.contains { right in
            right.client.lowercased() == client.lowercased() && (right.hosts?.contains(host) ?? true)
        }
    }

    func mayUse(client: String, host: ResourcePath, target: Target.Name) -> Bool {
        guard let rights else { return true }
        return rights.contains { right in
            right.client.lowercased() == client.lowercased() && (right.hosts?.contains(host) ?? true)
                && (right.targets?.contains(target) ?? true)
        }
    }
}
