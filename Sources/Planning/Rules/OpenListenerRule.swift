import Diagnostics
import Profiles

extension Rule {
    /// `plan.open-listener` (warning): whose connection it is can be asked on this machine only.
    static let openListener = Rule { question, problems in
        for placed in question.listened where !placed.mapping.isLoopback {
            problems.add(
                .warning(
                    "plan.open-listener",
                    "whoever reaches \(placed.mapping.listeningAddress) can use the tunnel to port \(placed.mapping.remote): "
                        + "users of other machines cannot be told apart",
                    remedy: "remove the address to listen on 127.0.0.1", at: placed.place))
        }
    }
}
