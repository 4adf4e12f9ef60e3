import Diagnostics
package import Planning
import Profiles

/// A plan as a person reads it: its steps, numbered, then what is doubtful and what is refused.
package struct PlanRenderer: Sendable {
    private struct Block {
        var title: String
        var summary: String
        var details: [String] = []
    }

    /// Columns that a command line may take before it is broken.
    private static let width = 100

    package init() {}

    /// Without colour; ends with a line break. Text of foreign origin is made safe for a terminal.
    package func text(_ plan: Plan) -> String {
        let blocks = plan.steps.enumerated().map { block($1, at: $0, in: plan) }
        let width = blocks.map(\.title.count).max() ?? 0
        let indent = String(repeating: " ", count: width + 6)
        var lines = heading(plan) + [""]
        for (index, block) in blocks.enumerated() {
            let number = index < 9 ? " \(index + 1)" : "\(index + 1)"
            let padding = String(repeating: " ", count: width - block.title.count)
            lines.append("\(number). \(block.title)\(padding)  \(block.summary)")
            lines += block.details.map { indent + $0 }
        }
        lines = lines.map(\.printable)
        for diagnostic in plan.warnings + plan.refusals { lines += ["", diagnostic.text] }
        return lines.joined(separator: "\n") + "\n"
    }

    private func heading(_ plan: Plan) -> [String] {
        let target =
            switch plan.target {
            case .resource(let id): id.text
            case .address(let address): "\(address) (by address)"
            }
        let check =
            switch plan.hostCheck {
            case .unchecked: "unchecked"
            case .fromCache(let host): "\(host.sku), from the cache"
            case .confirmed(let host): host.sku
            }
        let jumps = plan.jumps.map { jump in
            "jump     \(jump.profile) -> \(jump.next)"
                + (jump.isNextName ? ", a name that \(jump.profile) looks up" : "")
        }
        return ["profile  \(plan.profile)", "target   \(target)"] + jumps + [
            "bastion  \(plan.bastion.name): \(plan.bastion.resourceID.text) (\(check))"
        ]
    }

    private func block(_ step: Plan.Step, at index: Int, in plan: Plan) -> Block {
        switch step {
        case .signIn(let signIn): signInBlock(signIn)
        case .readHost(let request):
            Block(title: "read host", summary: request.host.name, details: lines([request.call]))
        case .lookUpSecret(let label):
            Block(
                title: "secret", summary: "\(label.text), from the keyring",
                details: ["for \(label.target.text)"])
        case .askUsername(let suggestion):
            Block(
                title: "ask", summary: "for the user name" + (suggestion.map { ", by default \($0)" } ?? ""))
        case .checkCertificate(let check): certificateBlock(check)
        case .openListener(let listener): Block(title: "listen", summary: summary(listener))
        case .openTunnel(let route): tunnelBlock(route, isFirst: plan.routes.first == route, in: plan)
        case .launch(let command): launchBlock(command, plan.reconnect)
        case .serve: Block(title: "serve", summary: "until interrupted")
        case .relayStandardStreams:
            Block(title: "relay", summary: "standard input and output until the tunnel ends")
        }
    }

    private func certificateBlock(_ check: CertificateCheck) -> Block {
        let summary =
            switch check.pin {
            case .ofProfile(let fingerprint): "must be \(fingerprint.shown), as the profile says"
            case .kept(let fingerprint): "must be \(fingerprint.shown), as at the first connection"
            case .none: "of the target is asked for, over a tunnel of its own, trusted and kept"
            }
        return Block(title: "certificate", summary: summary, details: ["for \(check.target.text)"])
    }

    /// How the client is given a secret that it does not ask a helper for.
    private func secretLines(_ command: ClientCommand) -> [String] {
        switch command.secretInput {
        case nil: []
        case .standardInput(let label): ["the \(label.text) on its standard input"]
        case .descriptor(let label, let number): ["the \(label.text) on descriptor \(number)"]
        case .argumentList(let label, let number, let prefix, let argument):
            [
                "argv is \(argument) alone: the arguments stand on descriptor \(number), one a line,",
                "the last one \(prefix)<\(label.text)>",
            ]
        }
    }

    private func signInBlock(_ signIn: SignIn) -> Block {
        let tenant =
            signIn.tenant.map { "tenant \($0)" } ?? "the tenant of the sign-in"
        let source: String
        switch signIn.source {
        case .unknown, .incompleteEnvironment: source = signIn.account.map { " as \($0)" } ?? ""
        case .environment(let clientID): source = " as \(clientID), from the environment"
        case .signedIn(let account): source = " as \(account)"
        }
        return Block(title: "sign in", summary: "to \(tenant)\(source)", details: lines([signIn.call]))
    }

    private func summary(_ listener: ListenerPlan) -> String {
        let purpose =
            switch listener.purpose {
            case .client(let name): "for \(name)"
            case .mapping(let remote): "for port \(remote) of the target"
            }
        return "\(Self.name(of: listener)) \(purpose)"
    }

    /// Later tunnels make the same calls, so only what differs is shown.
    private func tunnelBlock(_ route: TunnelRoute, isFirst: Bool, in plan: Plan) -> Block {
        let listener = plan.listeners.first { $0.id == route.listener }
        let entry = listener.map(Self.name) ?? "standard input and output"
        let opening = route.preopened ? "opened at once" : "opened for each connection"
        let spares = route.spares > 0 ? ", \(route.spares) more kept open for the next" : ""
        let pings = plan.tunnel.ping.map { ", pinged every \(DurationText.text($0))" } ?? ""
        let calls = lines(route.calls(to: plan.hostCheck.facts?.endpoint))
        return Block(
            title: "tunnel", summary: "\(entry) -> port \(route.port), \(opening)\(spares)\(pings)",
            details: isFirst ? calls : ["the same calls with workloadHostPort=\(route.port)"])
    }

    private func lines(_ calls: [APICall]) -> [String] {
        calls.flatMap { call in
            ["\(call.method) \(call.url)"] + call.fields.map { "    \($0.name)=\($0.value)" }
        }
    }

    private func launchBlock(_ command: ClientCommand, _ reconnect: ReconnectSettings) -> Block {
        let files = command.files.flatMap { file in
            switch file.content {
            case .text(let text):
                ["\(file.file.shown):"] + text.split(separator: "\n").map { "    \($0)" }
            case .command(let words): ["\(file.file.shown):"] + commandLines(words).map { "    \($0)" }
            }
        }
        let keys = command.identities.map { "<agent> holds the \($0.key.text)" }
        let answers = command.answers.filter { !$0.isNeeded }.map {
            "if asked for: the \($0.secret.text), from the keyring"
        }
        return Block(
            title: "launch",
            summary: (command.statusReading == .freeRDP
                ? "and wait for its end" : "and wait; its exit status is ours") + Self.again(reconnect),
            details: files + keys + answers
                + command.environment.map { "\($0.name)=\(Quoting.shellWhereNeeded.quoted($0.value.shown))" }
                + commandLines([Word(command.program)] + command.arguments) + secretLines(command))
    }

    private static func again(_ reconnect: ReconnectSettings) -> String {
        guard reconnect.attempts > 0 else { return "" }
        return "; again if its tunnel is lost, up to \(String.counted(reconnect.attempts, "time"))"
    }

    /// The words as a shell would take them, broken between an option and the next.
    private func commandLines(_ words: [Word]) -> [String] {
        var groups: [String] = []
        var optionIsOpen = false
        for word in words.map(\.shown) {
            let quoted = Quoting.shellWhereNeeded.quoted(word)
            if optionIsOpen, let last = groups.popLast() {
                groups.append("\(last) \(quoted)")
            } else {
                groups.append(quoted)
            }
            optionIsOpen = !optionIsOpen && word.count == 2 && Self.takesValue.contains(word)
        }
        var lines: [String] = []
        for group in groups {
            if let last = lines.last, last.count + group.count < Self.width {
                lines[lines.count - 1] = "\(last) \(group)"
            } else {
                lines.append(lines.isEmpty ? group : "    \(group)")
            }
        }
        return lines.enumerated().map { $0 < lines.count - 1 ? "\($1) \\" : $1 }
    }

    /// Options that are kept on one line with the word after them.
    private static let takesValue: Set = ["-o", "-L", "-R", "-D", "-W", "-p", "-P", "-l", "-S", "-e", "-i"]

    private static func name(of listener: ListenerPlan) -> String {
        switch listener.binding {
        case .privateSocket: "private socket"
        case .tcp(let address, let port):
            "\(address.contains(":") ? "[\(address)]" : address):\(port == 0 ? "<free-port>" : String(port))"
        }
    }
}
