/// What Resource Manager says about a bastion host; nil is what it did not say.
package struct BastionHostRecord: Hashable, Sendable, Codable {
    package var id: String
    /// `Basic`, `Standard`, `Premium` or `Developer`.
    package var sku: String?
    /// The data plane's name, with a port where an emulated cloud needs one. Not checked yet.
    package var dnsName: String?
    /// Whether native clients are allowed.
    package var enableTunneling: Bool?
    package var enableIpConnect: Bool?
    package var provisioningState: String?
    package var location: String?

    package init(
        id: String, sku: String? = nil, dnsName: String? = nil, enableTunneling: Bool? = nil,
        enableIpConnect: Bool? = nil, provisioningState: String? = nil, location: String? = nil
    ) {
        self.id = id
        self.sku = sku
        self.dnsName = dnsName
        self.enableTunneling = enableTunneling
        self.enableIpConnect = enableIpConnect
        self.provisioningState = provisioningState
        self.location = location
    }

    /// Reads the answer to a GET; the host's settings stand under `properties`.
    /// - Parameter id: what was asked for, where the answer does not repeat it.
    init(response body: [UInt8], id: String) throws(AzureError) {
        guard let json = JSONValue.parse(body), case .object = json else {
            throw .unreadable(.resourceManager, field: "body")
        }
        let properties = json["properties"]
        self.init(
            id: json["id"]?.string ?? id, sku: json["sku"]?["name"]?.string,
            dnsName: properties?["dnsName"]?.string, enableTunneling: properties?["enableTunneling"]?.bool,
            enableIpConnect: properties?["enableIpConnect"]?.bool,
            provisioningState: properties?["provisioningState"]?.string, location: json["location"]?.string)
    }
}
