package import Profiles

/// Reading a bastion host from Resource Manager.
package struct HostRequest: Hashable, Sendable {
    package var host: BastionHost

    package init(host: BastionHost) { self.host = host }

    /// The version of the Resource Manager interface whose answers are understood.
    package static let apiVersion = "2024-01-01"

    package var call: APICall {
        APICall(
            "GET", "\(host.cloud.resourceManager)\(host.resourceID.text)?api-version=\(Self.apiVersion)")
    }
}
