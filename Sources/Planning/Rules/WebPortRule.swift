import Diagnostics
import Profiles

extension Rule {
    /// Remote ports that web servers are known by.
    private static let webPorts: Set<UInt16> = [80, 443, 3000, 5000, 8000, 8080, 8443, 8888]

    /// `plan.web-port` (warning): a browser opens many connections, and each costs a session of the bastion.
    static let webPort = Rule { question, problems in
        guard question.profile.client == .ssh else { return }
        for placed in question.listened where placed.isOfProfile && webPorts.contains(placed.mapping.remote) {
            problems.add(
                .warning(
                    "plan.web-port",
                    "each connection to port \(placed.mapping.remote) takes a session of the bastion, "
                        + "and browsers open many",
                    remedy: "add via: ssh to carry them all over one", at: placed.place))
        }
    }
}
