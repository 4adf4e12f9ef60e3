import Diagnostics
import Profiles

extension HostRule {
    /// `plan.native-client-off`: the tunnel needs `enableTunneling`, which only Standard and Premium have.
    static let nativeClient = HostRule { plan, host, problems in
        guard !host.enableTunneling, !["basic", "developer", "quickconnect"].contains(host.sku.lowercased())
        else { return }
        problems.add(
            Diagnostic(
                "plan.native-client-off",
                "bastion host '\(plan.bastion.name)' has native client support switched off",
                remedy: "switch it on: Bastion > Configuration > Native client support, or "
                    + "'az network bastion update --enable-tunneling'",
                at: plan.places.host, exit: .configuration))
    }

    /// `plan.ip-connect-off`: an address as target needs `enableIpConnect`.
    static let ipConnect = HostRule { plan, host, problems in
        guard case .address(let address) = plan.entry, !host.enableIPConnect else { return }
        problems.add(
            Diagnostic(
                "plan.ip-connect-off",
                "bastion host '\(plan.bastion.name)' has IP-based connection switched off, "
                    + "which the target \(address) needs",
                remedy: "switch it on: Bastion > Configuration > IP-based connection, or "
                    + "'az network bastion update --enable-ip-connect'; or give target.resourceId",
                at: plan.places.target, exit: .configuration))
    }

    /// `plan.host-not-ready` (warning): a host that is being changed may still serve.
    static let provisioning = HostRule { plan, host, problems in
        guard let state = host.provisioningState, state.lowercased() != "succeeded" else { return }
        problems.add(
            .warning(
                "plan.host-not-ready",
                "bastion host '\(plan.bastion.name)' is in the state \(state), not Succeeded",
                remedy: "if the tunnel fails, wait until the change of the host is done",
                at: plan.places.host))
    }
}
