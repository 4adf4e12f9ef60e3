import Diagnostics
import Profiles

extension Rule {
    private static let machine = "microsoft.compute/virtualmachines"
    private static let scaleSet = "microsoft.compute/virtualmachinescalesets"

    /// `plan.scale-set-without-instance`: the service has no idea which machine is meant.
    /// `plan.unusual-target` (warning): some other resources work too, a private managed cluster for one.
    static let targetType = Rule { question, problems in
        guard case .resource(let id) = question.entry.target else { return }
        switch id.type {
        case machine, scaleSet + "/virtualmachines": break
        case scaleSet:
            problems.add(
                Diagnostic(
                    "plan.scale-set-without-instance",
                    "target '\(id.name)' is a scale set, not one of its instances",
                    remedy: "set target.vmss and target.instance, or add /virtualMachines/INSTANCE to the ID",
                    at: question.entry.place(of: "target"), exit: .configuration))
        default:
            problems.add(
                .warning(
                    "plan.unusual-target", "target '\(id.name)' is no virtual machine but a \(id.type)",
                    remedy: "check target.resourceId if that was not meant",
                    at: question.entry.place(of: "target")))
        }
    }

    /// `plan.not-a-bastion-host`: what stands under `hosts` must be one.
    static let bastionHostType = Rule { question, problems in
        let host = question.entry.host
        guard host.resourceID.type != "microsoft.network/bastionhosts" else { return }
        problems.add(
            Diagnostic(
                "plan.not-a-bastion-host",
                "host '\(host.name)' is no bastion host but a \(host.resourceID.type)",
                remedy: "give an ID that ends in /providers/Microsoft.Network/bastionHosts/NAME",
                at: question.entry.place(of: "host"), exit: .configuration))
    }
}
