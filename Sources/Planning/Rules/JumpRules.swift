import Diagnostics
import Profiles

extension Rule {
    /// `plan.jump-without-ssh`: other clients know no jump.
    /// `plan.jump-through-other-client`: what is jumped through is signed in to by ssh.
    /// `plan.jump-to-instance`: nobody knows the name of a scale set's instance in its network.
    static let jumpChain = Rule { question, problems in
        let machines = question.profile.jumps + [question.profile]
        for (jump, next) in zip(machines, machines.dropFirst()) {
            let place = next.place(of: "ssh.jump")
            if jump.client != .ssh {
                problems.add(
                    Diagnostic(
                        "plan.jump-through-other-client",
                        "nothing can jump through profile '\(jump.name)': its client is \(jump.client.name)",
                        remedy: "jump through a profile whose client is ssh", at: place, exit: .configuration)
                )
            }
            if next.addressBehindJump == nil {
                problems.add(
                    Diagnostic(
                        "plan.jump-to-instance",
                        "the name by which '\(jump.name)' reaches an instance of a scale set is not known",
                        remedy: "give target.ip in profile '\(next.name)'", at: next.place(of: "target"),
                        exit: .configuration))
            }
        }
        guard let jump = question.profile.jumps.last, let client = question.client, client != .ssh else {
            return
        }
        problems.add(
            Diagnostic(
                "plan.jump-without-ssh",
                "the client \(client.name) cannot jump through profile '\(jump.name)'",
                remedy: "set client to ssh, with ssh.forwards to what the other program needs",
                at: question.place("ssh.jump"), exit: .configuration))
    }

    /// `plan.jump-tunnel`: the bastion has no tunnel to what lies behind a jump.
    /// `plan.jump-port`: nor to a port of it.
    static let jumpPorts = Rule { question, problems in
        guard let jump = question.profile.jumps.last else { return }
        if case .proxy = question.request { return }
        guard question.client != nil else {
            return problems.add(
                Diagnostic(
                    "plan.jump-tunnel",
                    "there is no tunnel to '\(question.profile.name)', which lies behind '\(jump.name)'",
                    remedy: "connect to it with ssh.forwards, or with ports that have via: ssh",
                    at: question.place("ssh.jump"), exit: .configuration))
        }
        for placed in question.listened {
            problems.add(
                Diagnostic(
                    "plan.jump-port",
                    "port \(placed.mapping.remote) goes through the bastion, which does not reach "
                        + "what lies behind '\(jump.name)'",
                    remedy: "add via: ssh", at: placed.place, exit: .configuration))
        }
    }
}

extension Profile {
    /// What the machine before it connects to: an address, or a virtual machine's name, which that machine looks up.
    /// Nil where the name is not known.
    var addressBehindJump: String? {
        switch target {
        case .address(let address): return address
        case .resource(let id): return id.path.count == 1 ? id.name : nil
        }
    }

    /// The same with the port, an IPv6 address in brackets.
    var placeBehindJump: String {
        let address = addressBehindJump ?? name
        return "\(address.contains(":") ? "[\(address)]" : address):\(targetPort)"
    }
}
