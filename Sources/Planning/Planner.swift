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
        let entry = question.entry
        var plan = Plan(
            profile: profile.name, bastion: entry.host, target: profile.target, steps: [],
            tunnel: entry.tunnel, reconnect: question.reconnect,
            hostCheck: facts.host.map(Plan.HostCheck.fromCache) ?? .unchecked,
            places: Plan.Places(target: entry.place(of: "target"), host: entry.place(of: "host")))
        plan.jumps = jumps(profile)
        if question.launchesSSH || question.client == .putty {
            plan.hostKeyCheck = Plan.HostKeyCheck(
                profile: entry.name, alias: TargetKey(of: entry).hostKeyAlias, keys: entry.ssh.hostKeys)
        }
        var found = Problems()
        for rule in Rule.all { rule.check(question, &found) }
        if let host = facts.host {
            for rule in HostRule.all { rule.check(plan, host, &found) }
        }
        try found.throwIfAny()
        plan.warnings = found.warnings
        plan.refusals = NotSupportedYet.refusals(question) + Rule.displayRefusal(question)
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
        let (host, facts) = (question.entry.host, question.facts)
        var steps: [Plan.Step] = [.signIn(SignIn(host: host, source: facts.tokenSource))]
        if facts.host == nil { steps.append(.readHost(HostRequest(host: host))) }
        let command = command(question)
        if question.asksForUsername {
            steps.append(.askUsername(suggestion: question.profile.authentication.username))
        }
        steps += command?.neededSecrets.map(Plan.Step.lookUpSecret) ?? []
        let listeners = listeners(question)
        steps += listeners.map(Plan.Step.openListener)
        steps += routes(question, listeners).map(Plan.Step.openTunnel)
        if let command {
            if let check = command.certificate { steps.append(.checkCertificate(check)) }
            steps.append(.launch(command))
        } else if case .proxy = question.request, !question.launchesSSH {
            steps.append(.relayStandardStreams)
        } else if question.client == nil, !question.launchesSSH {
            steps.append(.serve)
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
        let client = question.launchesSSH ? Client.ssh : question.client
        guard let client else { return mapped }
        let own = ListenerPlan(
            id: .client, binding: client == .ssh ? .privateSocket : .tcp(address: "127.0.0.1", port: 0),
            purpose: .client(question.programs.first?.name ?? client.name))
        return [own] + mapped
    }

    private func routes(_ question: Question, _ listeners: [ListenerPlan]) -> [TunnelRoute] {
        let entry = question.entry
        let destination = Destination(entry.target, through: entry.host)
        if case .proxy(let port) = question.request, !question.launchesSSH {
            return [
                TunnelRoute(
                    listener: .standardStreams, destination: destination, port: port ?? entry.targetPort,
                    preopened: true)
            ]
        }
        return listeners.enumerated().map { index, listener in
            let port: UInt16 =
                switch listener.purpose {
                case .client: entry.targetPort
                case .mapping(let remote): remote
                }
            return TunnelRoute(
                listener: listener.id, destination: destination, port: port, preopened: index == 0,
                spares: entry.tunnel.spare)
        }
    }

    private func command(_ question: Question) -> ClientCommand? {
        let (profile, facts) = (question.profile, question.facts)
        if question.client == .xfreerdp { return desktopCommand(question) }
        guard let program = question.programs.first.flatMap({ facts.executables[$0.name]?.path }) else {
            return nil
        }
        switch (question.client, question.request) {
        case (.putty, .connect(let arguments, let tty)):
            return PuTTYCommandLine(
                profile: profile, facts: facts, program: program, isWindow: question.usesPuTTYWindow,
                remoteCommand: arguments, forcesTerminal: tty
            ).command
        case (.command(let words), .connect(let arguments, _)):
            return OwnCommandLine(profile: profile, program: program, words: words, additions: arguments)
                .command
        case (_, .copy), (_, .sftp): return transfer(question, program)
        default: return session(question)
        }
    }

    private func session(_ question: Question) -> ClientCommand? {
        guard question.launchesSSH, let ssh = question.facts.executables["ssh"] else { return nil }
        var line = SSHCommandLine(profile: question.profile, facts: question.facts, program: ssh.path)
        switch question.request {
        case .connect(let arguments, let tty):
            (line.remoteCommand, line.forcesTerminal) = (arguments, tty)
            return line.command
        case .proxy(let port): return line.relay(port: port)
        case .learnHostKey: return line.hostKeyProbe
        case .tunnel, .copy, .sftp: return nil
        }
    }

    private func transfer(_ question: Question, _ program: String) -> ClientCommand? {
        guard let ssh = question.facts.executables["ssh"] else { return nil }
        func line(_ isQuiet: Bool) -> FileTransferCommandLine {
            FileTransferCommandLine(
                way: SSHWay(profile: question.profile, facts: question.facts, program: ssh.path),
                program: program, isQuiet: isQuiet, showsProgress: question.facts.hasTerminalOutput)
        }
        switch question.request {
        case .copy(let copy, let isQuiet):
            return copy.tool == .scp ? line(isQuiet).scp(copy) : line(isQuiet).rsync(copy)
        case .sftp(let path, let arguments, let isQuiet):
            return line(isQuiet).sftp(path, arguments: arguments)
        case .connect, .learnHostKey, .proxy, .tunnel: return nil
        }
    }

    private func desktopCommand(_ question: Question) -> ClientCommand? {
        let (profile, facts) = (question.profile, question.facts)
        guard case .connect(let arguments, _) = question.request, !profile.rdp.gateway,
            let client = try? FreeRDPClient.choose(from: facts)
        else { return nil }
        return FreeRDPCommandLine(
            profile: profile, client: client, certificate: certificateCheck(profile, facts),
            extraArguments: arguments
        ).command
    }

    private func certificateCheck(_ profile: Profile, _ facts: Facts) -> CertificateCheck {
        let named = profile.rdp.certificate.flatMap(CertificateFingerprint.init).map(
            CertificateCheck.Pin.ofProfile)
        return CertificateCheck(
            target: TargetKey(of: profile),
            pin: named ?? facts.pinnedCertificate.map(CertificateCheck.Pin.kept) ?? .none)
    }

    private func jumps(_ profile: Profile) -> [Plan.Jump] {
        zip(profile.jumps, profile.jumps.dropFirst() + [profile]).map { jump, next in
            let isAddress = if case .address = next.target { true } else { false }
            return Plan.Jump(
                profile: jump.name, target: jump.target, next: next.placeBehindJump, isNextName: !isAddress)
        }
    }
}
