/// What Resource Manager says about a bastion host, as far as rules ask for it.
package struct HostFacts: Hashable, Sendable {
    /// `sku.name` as it was written: `Basic`, `Standard`, `Premium`, `Developer`, or a name yet unknown.
    package var sku: String
    /// `properties.dnsName`: a host name, with a port perhaps; empty while the host is being made.
    package var endpoint: String
    /// `properties.enableTunneling`: native client support. Absent means off.
    package var enableTunneling: Bool
    /// `properties.enableIpConnect`. Absent means off.
    package var enableIPConnect: Bool
    /// `properties.provisioningState`, for example `Succeeded`; nil where it is absent.
    package var provisioningState: String?

    package init(
        sku: String, endpoint: String, enableTunneling: Bool, enableIPConnect: Bool,
        provisioningState: String? = "Succeeded"
    ) {
        self.sku = sku
        self.endpoint = endpoint
        self.enableTunneling = enableTunneling
        self.enableIPConnect = enableIPConnect
        self.provisioningState = provisioningState
    }
}
