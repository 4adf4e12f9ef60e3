internal import Keyring
internal import Planning
internal import Posix
internal import SessionRuntime

extension AskpassQuestion {
    /// The name by which an ssh that somebody else started runs this program: `SSH_ASKPASS` takes no arguments.
    static let programName = "bastion-up-askpass"

    /// Answers from the keyring what ssh asks for a target or a key of ours, once for each ssh. A person at the
    /// terminal answers the rest.
    /// - Returns: 0 with the answer on standard output, 1 where there is none.
    func answerFromKeyring() -> Int32 {
        answer { [prompt] in
            let surroundings = Surroundings.ofProcess()
            guard let label = SecretLabel.asked(by: prompt, login: surroundings.user) else {
                return .ask(note: "")
            }
            // What one ssh asks for a second time was not accepted.
            guard AnsweredQuestions(surroundings.directories).take(label.kind.rawValue) else {
                return .ask(note: Explanation.refused(label))
            }
            guard
                let secret = try? await surroundings.secrets.lookup(
                    SecretAttributes(label), by: AzureAccess.deadlines(surroundings))
            else { return .ask(note: "") }
            return AskpassHelper.answer(secret) ? .answered : .unanswered
        }
    }
}
