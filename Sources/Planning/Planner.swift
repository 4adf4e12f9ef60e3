package import Diagnostics
package import Profiles

/// Decides how to reach a profile's target. Pure: equal inputs give equal plans.
package struct Planner: Sendable {
    package init() {}

    /// - Throws: one diagnostic for each rule in `Rules/` that the profile breaks. Where `facts.host` breaks
    ///   one, the cache may be old: plan again without it, read the host, and `confirm`.
    package func plan(
        _ profile: Profile, for request: PlanRequest, given facts: Facts
    ) throws(Problems) -> Plan {
        let question = Question(profile: profile, request: request, facts: facts)
        var plan = Plan(
            profile: profile.name, bastion: profile.host, target: profile.target, steps: [],
            tunnel: profile.tunnel, reconnect: question.reconnect,
            hostCheck: facts.host.map(Plan.HostCheck.fromCache) ?? .unchecked,
            places: Plan.Places(target: profile.place(of: "target"), host: profile.place(of: "host")))
        var found = Problems()
        for rule in Rule.all { rule.check(question, &found) }
        if let host = facts.host {
            for rule in HostRule.all { rule.check(plan, host, &found) }
        }
        try found.throwIfAny()
        plan.warnings = found.warnings
        plan.refusals = NotSupportedYet.refusals(question)
        plan.steps = steps(question)
        return plan
    }

    /// The plan with what was read of its host, after the rules that need it; warnings of the cache are gone.
    ///
    /// - Throws: one diagnostic for each rule that the host breaks.
    package func confirm(_ plan: Plan, host: HostFacts) throws(Problems) -> Plan {
        var stale = Problems()
        if let cached = plan.hostCheck.facts {
            for rule in HostRule.all { rule.check(plan, cached, &stale) }
        }
        var found = Problems()
        for rule in HostRule.all { rule.check(plan, host, &found) }
        try found.throwIfAny()
        var confirmed = plan
        confirmed.hostCheck = .confirmed(host)
        confirmed.warnings = plan.warnings.filter { !stale.all.contains($0) } + found.warnings
        return confirmed
    }

    private func steps(_ question: Question) -> [Plan.Step] {
        let (profile, facts) = (question.profile, question.facts)
        var steps: [Plan.Step] = [.signIn(SignIn(host: profile.host, source: facts.tokenSource))]
        if facts.host == nil { steps.append(.readHost(HostRequest(host: profile.host))) }
        let command = command(question)
        steps += command?.neededSecrets.map(Plan.Step.lookUpSecret) ?? []
        let listeners = listeners(question)
        steps += listeners.map(Plan.Step.openListener)
        steps += routes(question, listeners).map(Plan.Step.openTunnel)
        switch question.request {
        case .proxy: steps.append(.relayStandardStreams)
        case .connect, .tunnel, .copy, .sftp, .learnHostKey:
            if let command {
                steps.append(.launch(command))
            } else if question.client == nil {
                steps.append(.serve)
            }
        }
        return steps
    }

    /// ssh reaches its tunnel by a private socket; any other client gets a free port.
    private func listeners(_ question: Question) -> [ListenerPlan] {
        let mapped = question.listened.enumerated().map { index, placed in
            let mapping = placed.mapping
            return ListenerPlan(
                id: .mapping(index), binding: .tcp(address: mapping.listeningAddress, port: mapping.local),
                purpose: .mapping(remote: mapping.remote))
        }
        guard let client = question.client else { return mapped }
        let own = ListenerPlan(
            id: .client, binding: client == .ssh ? .privateSocket : .tcp(address: "127.0.0.1", port: 0),
            purpose: .client(question.programs.first?.name ?? client.name))
        return [own] + mapped
    }

    private func routes(_ question: Question, _ listeners: [ListenerPlan]) -> [TunnelRoute] {
        let profile = question.profile
        let destination = Destination(profile.target, through: profile.host)
        if case .proxy(let port) = question.request {
            return [
                TunnelRoute(
                    listener: .standardStreams, destination: destination, port: port ?? profile.targetPort,
                    preopened: true)
            ]
        }
        return listeners.enumerated().map { index, listener in
            let port: UInt16 =
                switch listener.purpose {
                case .client: profile.targetPort
                case .mapping(let remote): remote
                }
            return TunnelRoute(
                listener: listener.id, destination: destination, port: port, preopened: index == 0)
        }
    }

    private func command(_ question: Question) -> ClientCommand? {
        let (profile, facts) = (question.profile, question.facts)
        guard let client = question.client,
            let program = question.programs.first.flatMap({ facts.executables[$0.name]?.path })
        else { return nil }
        switch (client, question.request) {
        case (.ssh, let request): return overSSH(request, question, program)
        case (.putty, .connect(let arguments, let tty)):
            return PuTTYCommandLine(
                profile: profile, facts: facts, program: program, isWindow: question.usesPuTTYWindow,
                remoteCommand: arguments, forcesTerminal: tty
            ).command
        case (.command(let words), .connect(let arguments, _)):
            return OwnCommandLine(profile: profile, program: program, words: words, additions: arguments)
                .command
        default: return nil
        }
    }

    private func overSSH(_ request: PlanRequest, _ question: Question, _ program: String) -> ClientCommand? {
        guard let path = question.facts.executables["ssh"]?.path else { return nil }
        let ssh = SSHCommandLine(profile: question.profile, facts: question.facts, program: path)
        func transfer(isQuiet: Bool) -> FileTransferCommandLine {
            FileTransferCommandLine(
                ssh: ssh, program: program, isQuiet: isQuiet,
                showsProgress: question.facts.hasTerminalOutput)
        }
        switch request {
        case .connect(let arguments, let tty): return ssh.session(arguments, forcesTerminal: tty)
        case .copy(let copy, let isQuiet):
            let line = transfer(isQuiet: isQuiet)
            return copy.tool == .scp ? line.scp(copy) : line.rsync(copy)
        case .sftp(let path, let arguments, let isQuiet):
            return transfer(isQuiet: isQuiet).sftp(path, arguments: arguments)
        case .learnHostKey: return ssh.hostKeyProbe
        case .tunnel, .proxy: return nil
        }
    }
}
