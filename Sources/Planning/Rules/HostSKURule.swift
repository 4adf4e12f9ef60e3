import Diagnostics
import Profiles

extension HostRule {
    /// `plan.host-sku`: Basic has no native clients. `plan.host-developer`: that one takes another route.
    /// `plan.unknown-sku` (warning): a name that did not exist when this was written is tried.
    static let sku = HostRule { plan, host, problems in
        let name = plan.bastion.name
        switch host.sku.lowercased() {
        case "standard", "premium": break
        case "basic":
            problems.add(
                Diagnostic(
                    "plan.host-sku", "bastion host '\(name)' has the SKU Basic, which has no native clients",
                    remedy: "raise its SKU to Standard or Premium", at: plan.places.host,
                    exit: .configuration))
        case "developer", "quickconnect":
            problems.add(
                Diagnostic(
                    "plan.host-developer",
                    "bastion host '\(name)' has the SKU \(host.sku), which is not supported yet",
                    remedy: "use a bastion host of SKU Standard or Premium", at: plan.places.host,
                    exit: .configuration))
        default:
            problems.add(
                .warning(
                    "plan.unknown-sku", "bastion host '\(name)' has the unknown SKU '\(host.sku)'",
                    remedy: "if the tunnel fails, use a host of SKU Standard or Premium",
                    at: plan.places.host))
        }
    }
}
