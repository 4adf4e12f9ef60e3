package import Posix
package import SSHKeys

extension AgentTools {
    /// OpenSSH's own, with our environment but its secrets, and this program as askpass helper.
    package init(_ surroundings: Surroundings, signals: SignalRouter) {
        self.init(
            askpass: (surroundings.ownExecutable, AskpassHelper.variable),
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: []), signals: signals)
    }
}
