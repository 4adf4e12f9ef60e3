package import Diagnostics
package import Profiles

/// What would happen, in the order in which it happens: what `plan` shows is what `connect` runs.
///
/// A plan holds labels of secrets, never a secret, and holes for what is known at run time only.
package struct Plan: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        /// Gets a token for Resource Manager; the bastion takes the same one.
        case signIn(SignIn)
        /// Reads the bastion host. Left out where the cache has it.
        case readHost(HostRequest)
        /// Asks the person at the terminal for a login name, by default the one that stands here.
        case askUsername(suggestion: String?)
        case lookUpSecret(SecretLabel)
        case openListener(ListenerPlan)
        /// What each connection of a listener is carried by.
        case openTunnel(TunnelRoute)
        /// Knows the target again by its certificate; at the first connection asks it for one.
        case checkCertificate(CertificateCheck)
        /// Starts the client and waits for it.
        case launch(ClientCommand)
        /// Serves the listeners until a signal.
        case serve
        /// Carries standard input and output over the tunnel whose entry is `.standardStreams`.
        case relayStandardStreams
    }

    /// Where the facts about the bastion host came from.
    package enum HostCheck: Hashable, Sendable {
        case unchecked
        case fromCache(HostFacts)
        /// Read in this run and found to serve.
        case confirmed(HostFacts)

        package var facts: HostFacts? {
            switch self {
            case .unchecked: nil
            case .fromCache(let facts), .confirmed(let facts): facts
            }
        }
    }

    /// A machine that ssh signs in to on the way, and goes on from.
    package struct Jump: Hashable, Sendable {
        /// The profile that it is signed in to by.
        package var profile: String
        package var target: Target
        /// What it connects to next: `10.0.0.4:22`, or a name that it looks up.
        package var next: String
        package var isNextName: Bool
    }

    /// The profile's name.
    package var profile: String
    package var bastion: BastionHost
    package var target: Target
    /// The machines between the bastion and the target, in the order of the way.
    package var jumps: [Jump] = []
    package var steps: [Step]
    /// Deadlines and sizes of every tunnel.
    package var tunnel: TunnelSettings
    /// When the client is launched again after its tunnel was lost.
    package var reconnect: ReconnectSettings
    package var warnings: [Diagnostic]
    /// What the profile asks for and this version cannot do yet: shown by `plan`, an error for all else.
    package var refusals: [Diagnostic]
    package var hostCheck: HostCheck
    /// Where the profile names its target and its host: the places of what `confirm` finds.
    package var places: Places

    package struct Places: Hashable, Sendable {
        package var target: SourceLocation?
        package var host: SourceLocation?

        package init(target: SourceLocation? = nil, host: SourceLocation? = nil) {
            (self.target, self.host) = (target, host)
        }
    }

    /// Which keys ssh lets the machine at the end of its tunnel show; nil where no ssh is launched.
    package var hostKeyCheck: HostKeyCheck?

    package struct HostKeyCheck: Hashable, Sendable {
        /// The profile of that machine.
        package var profile: String
        /// The name under which its keys are kept.
        package var alias: String
        /// The only keys that it may show, as `TYPE BASE64`; without any, the first one is kept.
        package var keys: [String]

        package init(profile: String, alias: String, keys: [String]) {
            (self.profile, self.alias, self.keys) = (profile, alias, keys)
        }
    }

    package init(
        profile: String, bastion: BastionHost, target: Target, steps: [Step],
        tunnel: TunnelSettings = TunnelSettings(), reconnect: ReconnectSettings = ReconnectSettings(),
        warnings: [Diagnostic] = [], refusals: [Diagnostic] = [],
        hostCheck: HostCheck = .unchecked, places: Places = Places()
    ) {
        self.profile = profile
        self.bastion = bastion
        self.target = target
        self.steps = steps
        self.tunnel = tunnel
        self.reconnect = reconnect
        self.warnings = warnings
        self.refusals = refusals
        self.hostCheck = hostCheck
        self.places = places
    }

    /// What the bastion is asked for.
    package var entry: Target { jumps.first?.target ?? target }

    /// - Throws: the refusals, if there are any, with the warnings.
    package func throwIfRefused() throws(Problems) {
        if !refusals.isEmpty { throw Problems(warnings + refusals) }
    }
}

extension Plan {
    package var listeners: [ListenerPlan] {
        steps.compactMap { if case .openListener(let listener) = $0 { listener } else { nil } }
    }

    package var routes: [TunnelRoute] {
        steps.compactMap { if case .openTunnel(let route) = $0 { route } else { nil } }
    }

    package var secrets: [SecretLabel] {
        steps.compactMap { if case .lookUpSecret(let label) = $0 { label } else { nil } }
    }

    /// Whether the user must be asked for a login name, and the plan made anew with it.
    package var asksForUsername: Bool {
        steps.contains { if case .askUsername = $0 { true } else { false } }
    }

    package var command: ClientCommand? {
        steps.lazy.compactMap { if case .launch(let command) = $0 { command } else { nil } }.first
    }
}
