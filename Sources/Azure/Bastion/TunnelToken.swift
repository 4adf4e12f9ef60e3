internal import Transport

/// What a tunnel leads to.
package enum TunnelTarget: Hashable, Sendable {
    /// The resource ID of a VM or a scale set instance, sent as it is.
    case resource(String)
    /// An address that the bastion reaches by itself; the ID that the service wants for it is made up from the
    /// subscription and resource group of the bastion.
    case address(String, subscription: String, resourceGroup: String)

    var resourceID: String {
        switch self {
        case .resource(let id): id
        case .address(let address, let subscription, let group):
            "/subscriptions/\(subscription)/resourceGroups/\(group)"
                + "/providers/Microsoft.Network/bh-hostConnect/\(address)"
        }
    }

    var hostname: String? {
        if case .address(let address, _, _) = self { address } else { nil }
    }
}

/// A session of the bastion: issued for one local connection, deleted after it.
package struct TunnelToken: Hashable, Sendable {
    /// Names the session; deletes it.
    package let authToken: String
    /// Which instance behind the load balancer holds it; empty where that was lost.
    package let nodeID: String
    /// Opens the session's one WebSocket.
    package let websocketToken: String

    package init(authToken: String, nodeID: String, websocketToken: String) {
        self.authToken = authToken
        self.nodeID = nodeID
        self.websocketToken = websocketToken
    }

    init(response body: [UInt8]) throws(AzureError) {
        guard let json = JSONValue.parse(body) else { throw .unreadable(.bastion, field: "body") }
        func field(_ name: String) throws(AzureError) -> String {
            guard let value = json[name]?.string, Self.isSafe(value) else {
                throw .unreadable(.bastion, field: name)
            }
            return value
        }
        authToken = try field("authToken")
        nodeID = try field("nodeId")
        websocketToken = try field("websocketToken")
    }

    /// Whether a value of the service may stand in a header or a path: visible ASCII of sensible length.
    static func isSafe(_ text: String) -> Bool {
        (1...16_384).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Where the WebSocket of a Standard or Premium host is opened.
    package var websocketTarget: String {
        "/webtunnelv2/\(PercentEncoding.encode(websocketToken))?X-Node-Id=\(PercentEncoding.encode(nodeID))"
    }
}
