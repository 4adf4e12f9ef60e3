import Diagnostics
import Profiles

extension Rule {
    /// `plan.incomplete-credential` (warning): half a service principal in the environment is passed over.
    static let credential = Rule { question, problems in
        guard case .incompleteEnvironment(let missing) = question.facts.tokenSource,
            question.entry.host.account == nil
        else { return }
        problems.add(
            .warning(
                "plan.incomplete-credential",
                "the credential in the environment is incomplete without \(missing.joined(separator: ", "))",
                remedy: "set what is missing, or unset the other AZURE_ variables"))
    }
}
