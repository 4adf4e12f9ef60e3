import Diagnostics
import Profiles

extension Rule {
    /// `plan.ssh-port-without-ssh`: a port with `via: ssh` needs ssh as the client.
    /// `plan.ssh-port-any`: ssh does not listen on any free port.
    /// `plan.ssh-port-left-out` (warning): tunnels alone leave such ports out.
    static let portsThroughSSH = Rule { question, problems in
        for placed in question.throughSSH {
            switch question.client {
            case nil:
                problems.add(
                    .warning(
                        "plan.ssh-port-left-out",
                        "port \(placed.mapping.remote) goes through ssh, so tunnels alone leave it out",
                        remedy: "connect to the profile, or give the port with via: bastion",
                        at: placed.place))
            case .ssh where placed.mapping.local == 0:
                problems.add(
                    Diagnostic(
                        "plan.ssh-port-any",
                        "ssh cannot choose a free local port for port \(placed.mapping.remote)",
                        remedy: "name the local port, or remove via: ssh", at: placed.place,
                        exit: .configuration))
            case .ssh: break
            case .some(let client):
                problems.add(
                    Diagnostic(
                        "plan.ssh-port-without-ssh",
                        "port \(placed.mapping.remote) goes through ssh, but the client is \(client.name)",
                        remedy: "remove via: ssh, or set client to ssh", at: placed.place,
                        exit: .configuration))
            }
        }
    }
}
