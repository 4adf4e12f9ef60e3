import Diagnostics
import Profiles

extension Rule {
    /// `plan.local-port-twice`: two listeners cannot have one port.
    /// `plan.privileged-port`: a low port needs privilege, which is said before it is tried.
    static let localPorts = Rule { question, problems in
        var taken: [PortMapping] = []
        let asked = question.listened + (question.client == .ssh ? question.throughSSH : [])
        for placed in asked where placed.mapping.local != 0 {
            let mapping = placed.mapping
            if taken.contains(where: { clash($0, mapping) }) {
                problems.add(
                    Diagnostic(
                        "plan.local-port-twice", "local port \(mapping.local) is mapped twice",
                        remedy: "choose another local port, or 0 for any free one", at: placed.place,
                        exit: .configuration))
            }
            taken.append(mapping)
            if mapping.local < question.facts.unprivilegedPortStart, !question.facts.isRoot {
                problems.add(
                    Diagnostic(
                        "plan.privileged-port",
                        "local port \(mapping.local) is for root alone on this machine",
                        remedy: "choose a local port from \(question.facts.unprivilegedPortStart) on",
                        at: placed.place, exit: .notPermitted))
            }
        }
    }

    /// Whether two mappings cannot both listen: one port, and one address or one that stands for all.
    private static func clash(_ left: PortMapping, _ right: PortMapping) -> Bool {
        guard left.local == right.local else { return false }
        let addresses = [left.listeningAddress, right.listeningAddress]
        return addresses[0] == addresses[1] || addresses.contains { ["0.0.0.0", "::"].contains($0) }
    }
}

extension PortMapping {
    /// The address to bind to.
    var listeningAddress: String {
        switch address {
        case nil, "localhost", "": "127.0.0.1"
        case "*": "0.0.0.0"
        case .some(let address): address
        }
    }

    /// Whether only this machine can reach the listener.
    var isLoopback: Bool {
        let address = listeningAddress
        return address.hasPrefix("127.") || address == "::1"
    }
}
