import Diagnostics
import Profiles

extension Rule {
    /// `plan.address-port`: an IP-based connection reaches ports 22 and 3389 only.
    /// `plan.address-with-entra`: it has no Entra sign-in.
    static let addressTarget = Rule { question, problems in
        guard case .address(let address) = question.entry.target else { return }
        for target in question.targetPorts where target.port != 22 && target.port != 3389 {
            problems.add(
                Diagnostic(
                    "plan.address-port",
                    "an IP address (\(address)) is reached on ports 22 and 3389 only, not on \(target.port)",
                    remedy: "name the machine with target.resourceId, or map the port with via: ssh",
                    at: target.place, exit: .configuration))
        }
        let isSignedInTo = question.client != nil || question.launchesSSH
        if isSignedInTo, question.entry.authentication.method == .entra {
            problems.add(
                Diagnostic(
                    "plan.address-with-entra",
                    "profile '\(question.entry.name)' signs in with Entra ID to an IP address",
                    remedy: "give target.resourceId, or set auth.type to ssh-key or password",
                    at: question.entry.place(of: "auth.type"), exit: .configuration))
        }
    }
}
