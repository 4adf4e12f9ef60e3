package import Profiles

/// What the bastion is asked to connect to.
package enum Destination: Hashable, Sendable {
    case resource(ResourceID)
    /// A private address and the made-up resource ID that stands for it.
    case address(String, resourceID: String)

    /// The ID made up for an address lies beside the bastion host: its subscription and resource group.
    package init(_ target: Target, through host: BastionHost) {
        switch target {
        case .resource(let id): self = .resource(id)
        case .address(let address):
            let id = host.resourceID
            self = .address(
                address,
                resourceID: "/subscriptions/\(id.subscription)/resourceGroups/\(id.resourceGroup)"
                    + "/providers/Microsoft.Network/bh-hostConnect/\(address)")
        }
    }

    /// The field `resourceId` of a token request.
    package var resourceID: String {
        switch self {
        case .resource(let id): id.text
        case .address(_, let resourceID): resourceID
        }
    }

    /// The field `hostname` of a token request.
    package var hostName: String? {
        if case .address(let address, _) = self { address } else { nil }
    }
}

/// How each connection of a listener reaches the target: one Bastion session a connection.
package struct TunnelRoute: Hashable, Sendable {
    package var listener: ListenerID
    package var destination: Destination
    /// The port on the target.
    package var port: UInt16
    /// Whether one tunnel is opened before a connection asks for it: readiness is judged by it.
    package var preopened: Bool
    /// How many tunnels lie open for the next connections, once there was one.
    package var spares: Int

    package init(
        listener: ListenerID, destination: Destination, port: UInt16, preopened: Bool, spares: Int = 0
    ) {
        self.listener = listener
        self.destination = destination
        self.port = port
        self.preopened = preopened
        self.spares = spares
    }

    /// The requests of one connection, in order; the last one when it ends. Nil: no endpoint is known yet.
    package func calls(to endpoint: String?) -> [APICall] {
        let place = endpoint ?? "<endpoint>"
        var fields = [
            ("resourceId", destination.resourceID), ("protocol", "tcptunnel"),
            ("workloadHostPort", String(port)),
        ]
        if let hostName = destination.hostName { fields.append(("hostname", hostName)) }
        return [
            APICall("POST", "https://\(place)/api/tokens", fields: fields),
            APICall("GET", "wss://\(place)/webtunnelv2/<websocket-token>?X-Node-Id=<node>"),
            APICall("DELETE", "https://\(place)/api/tokens/<session-token>"),
        ]
    }
}
