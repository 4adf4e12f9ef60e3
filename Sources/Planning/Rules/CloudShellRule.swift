import Diagnostics

extension Rule {
    /// `plan.cloud-shell`: Azure Cloud Shell has no desktop, no keyring and an ending of its own.
    static let cloudShell = Rule { question, problems in
        guard question.facts.isCloudShell else { return }
        problems.add(
            Diagnostic(
                "plan.cloud-shell", "bastion-up does not run in Azure Cloud Shell",
                remedy: "run it on a Linux machine of your own", exit: .configuration))
    }
}
