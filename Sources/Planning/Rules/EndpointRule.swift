import Diagnostics
import Profiles

extension HostRule {
    /// `plan.host-without-endpoint`: the host is not made yet.
    /// `plan.endpoint-outside-cloud`: the Azure token goes only to hosts under the cloud's Bastion suffix.
    static let endpoint = HostRule { plan, host, problems in
        let name = plan.bastion.name
        let cloud = plan.bastion.cloud
        if host.endpoint.isEmpty {
            problems.add(
                Diagnostic(
                    "plan.host-without-endpoint", "bastion host '\(name)' has no endpoint",
                    remedy: "wait until it is deployed", at: plan.places.host, exit: .tryLater))
        } else if !(Endpoint(host.endpoint)?.isUnder(cloud.bastionSuffix) ?? false) {
            problems.add(
                Diagnostic(
                    "plan.endpoint-outside-cloud",
                    "the endpoint '\(host.endpoint)' of bastion host '\(name)' "
                        + "is not under '\(cloud.bastionSuffix)', so it does not get a token",
                    remedy: "if it is genuine, set clouds.\(cloud.name).bastionSuffix",
                    at: plan.places.host, exit: .configuration))
        }
    }
}
