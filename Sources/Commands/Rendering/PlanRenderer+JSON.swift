import Diagnostics
package import Planning
import Profiles

extension PlanRenderer {
    /// The plan for programs; ends with a line break.
    ///
    /// `version` counts changes that could break a reader; new members may appear without one.
    package func json(_ plan: Plan) -> String {
        let document = JSON.members([
            "version": .integer(1),
            "profile": .text(plan.profile),
            "target": target(plan.target),
            "jumps": plan.jumps.isEmpty ? nil : .list(plan.jumps.map(jump)),
            "bastion": .members([
                "name": .text(plan.bastion.name), "resourceId": .text(plan.bastion.resourceID.text),
                "cloud": .text(plan.bastion.cloud.name),
            ]),
            "host": host(plan.hostCheck),
            "steps": .list(plan.steps.map { step($0, in: plan) }),
            "warnings": .list(plan.warnings.map(JSON.init)),
            "refusals": .list(plan.refusals.map(JSON.init)),
        ])
        return document.indented() + "\n"
    }

    private func target(_ target: Target) -> JSON {
        switch target {
        case .resource(let id): .members(["resourceId": .text(id.text)])
        case .address(let address): .members(["ip": .text(address)])
        }
    }

    private func jump(_ jump: Plan.Jump) -> JSON {
        .members([
            "profile": .text(jump.profile), "target": target(jump.target), "next": .text(jump.next),
            "looksUpNext": .boolean(jump.isNextName),
        ])
    }

    private func host(_ check: Plan.HostCheck) -> JSON {
        let source: JSON =
            switch check {
            case .unchecked: "unchecked"
            case .fromCache: "cache"
            case .confirmed: "confirmed"
            }
        return .members([
            "check": source,
            "sku": check.facts.map { .text($0.sku) },
            "endpoint": check.facts.map { .text($0.endpoint) },
        ])
    }

    private func step(_ step: Plan.Step, in plan: Plan) -> JSON {
        switch step {
        case .signIn(let signIn):
            .members([
                "kind": "signIn", "authority": .text(signIn.authority),
                "tenant": signIn.tenant.map(JSON.text), "subscription": .text(signIn.subscription),
                "audience": .text(signIn.audience), "account": signIn.account.map(JSON.text),
                "calls": calls([signIn.call]),
            ])
        case .readHost(let request):
            .members([
                "kind": "readHost", "name": .text(request.host.name), "calls": calls([request.call]),
            ])
        case .lookUpSecret(let label): .members(["kind": "lookUpSecret", "secret": secret(label)])
        case .askUsername(let suggestion):
            .members(["kind": "askUsername", "suggestion": suggestion.map(JSON.text)])
        case .checkCertificate(let check): certificate(check)
        case .openListener(let listener): self.listener(listener)
        case .openTunnel(let route): tunnel(route, in: plan)
        case .launch(let command): launch(command, plan.reconnect)
        case .serve: .members(["kind": "serve"])
        case .relayStandardStreams: .members(["kind": "relayStandardStreams"])
        }
    }

    private func listener(_ listener: ListenerPlan) -> JSON {
        var address: JSON?
        var port: JSON?
        if case .tcp(let text, let number) = listener.binding {
            (address, port) = (.text(text), .integer(Int(number)))
        }
        var client: JSON?
        var remote: JSON?
        switch listener.purpose {
        case .client(let name): client = .text(name)
        case .mapping(let number): remote = .integer(Int(number))
        }
        return .members([
            "kind": "openListener", "listener": .text(name(listener.id)),
            "binding": address == nil ? "private-socket" : "tcp", "address": address, "port": port,
            "client": client, "remotePort": remote,
        ])
    }

    private func tunnel(_ route: TunnelRoute, in plan: Plan) -> JSON {
        .members([
            "kind": "openTunnel", "listener": .text(name(route.listener)),
            "resourceId": .text(route.destination.resourceID),
            "hostname": route.destination.hostName.map(JSON.text), "port": .integer(Int(route.port)),
            "preopened": .boolean(route.preopened),
            "spares": route.spares > 0 ? .integer(route.spares) : nil,
            "ping": plan.tunnel.ping.map { .text(DurationText.text($0)) },
            "calls": calls(route.calls(to: plan.hostCheck.facts?.endpoint)),
        ])
    }

    private func launch(_ command: ClientCommand, _ reconnect: ReconnectSettings) -> JSON {
        let environment = command.environment.map {
            JSON.Member(name: $0.name, value: .text($0.value.shown))
        }
        let answers = command.answers.map { answer in
            JSON.members([
                "secret": secret(answer.secret), "prompts": .list(answer.prompts.map(JSON.text)),
                "needed": .boolean(answer.isNeeded),
            ])
        }
        let files = command.files.map { file in
            switch file.content {
            case .text(let text): JSON.members(["path": .text(file.file.shown), "text": .text(text)])
            case .command(let words):
                JSON.members([
                    "path": .text(file.file.shown), "command": .list(words.map { .text($0.shown) }),
                ])
            }
        }
        let identities = command.identities.map { identity in
            JSON.members([
                "key": secret(identity.key), "passphrase": secret(identity.passphrase),
                "publicKey": .text(identity.publicKey.shown),
            ])
        }
        return .members([
            "kind": "launch", "program": .text(command.program),
            "arguments": .list(command.arguments.map { .text($0.shown) }),
            "environment": .object(environment), "answers": answers.isEmpty ? nil : .list(answers),
            "files": files.isEmpty ? nil : .list(files),
            "identities": identities.isEmpty ? nil : .list(identities),
            "secretInput": command.secretInput.map(input),
            "relaunches": reconnect.attempts > 0 ? .integer(reconnect.attempts) : nil,
        ])
    }

    private func certificate(_ check: CertificateCheck) -> JSON {
        let source: JSON =
            switch check.pin {
            case .ofProfile: "profile"
            case .kept: "kept"
            case .none: "first-connection"
            }
        return .members([
            "kind": "checkCertificate", "target": .text(check.target.text), "source": source,
            "fingerprint": check.pin.fingerprint.map { .text($0.text) },
        ])
    }

    private func input(_ input: ClientCommand.SecretInput) -> JSON {
        switch input {
        case .standardInput(let label): .members(["by": "standard-input", "secret": secret(label)])
        case .descriptor(let label, let number):
            .members(["by": "descriptor", "descriptor": .integer(Int(number)), "secret": secret(label)])
        case .argumentList(let label, let number, let prefix, let argument):
            .members([
                "by": "argument-list", "descriptor": .integer(Int(number)), "prefix": .text(prefix),
                "argument": .text(argument), "secret": secret(label),
            ])
        }
    }

    private func secret(_ label: SecretLabel) -> JSON {
        .members([
            "kind": .text(label.kind.rawValue), "target": .text(label.target.text),
            "username": .text(label.username), "label": .text(label.text),
        ])
    }

    private func calls(_ calls: [APICall]) -> JSON {
        .list(
            calls.map { call in
                let fields = call.fields.map { JSON.Member(name: $0.name, value: .text($0.value)) }
                return .members([
                    "method": .text(call.method), "url": .text(call.url),
                    "fields": fields.isEmpty ? nil : .object(fields),
                ])
            })
    }

    private func name(_ id: ListenerID) -> String {
        switch id {
        case .client: "client"
        case .mapping(let index): "mapping-\(index)"
        case .standardStreams: "standard-streams"
        }
    }
}

extension JSON {
    /// A diagnostic with its place as three members.
    init(_ diagnostic: Diagnostic) {
        self = .members([
            "code": .text(diagnostic.code), "severity": .text(diagnostic.severity.rawValue),
            "message": .text(diagnostic.message),
            "remedy": diagnostic.remedy.isEmpty ? nil : .text(diagnostic.remedy),
            "file": diagnostic.location.map { .text($0.file) },
            "line": diagnostic.location.map { .integer($0.line) },
            "column": diagnostic.location.map { .integer($0.column) },
        ])
    }
}
