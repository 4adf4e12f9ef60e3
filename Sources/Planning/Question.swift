import Diagnostics
import Profiles

/// A profile, what is asked of it, and what the machine offers: all that a rule may look at.
struct Question: Sendable {
    /// A port mapping and where it was written; nil where it came from the command line or by default.
    struct PlacedMapping: Sendable {
        var mapping: PortMapping
        var place: SourceLocation?
        /// Whether the profile's `ports` name it.
        var isOfProfile: Bool
    }

    /// A port of the target that a tunnel goes to.
    struct PlacedPort: Sendable {
        var port: UInt16
        var place: SourceLocation?
    }

    let profile: Profile
    let request: PlanRequest
    let facts: Facts

    /// The client to launch; nil for tunnels alone and for standard input and output. Files are copied over ssh,
    /// whatever the profile's own client.
    var client: Client? {
        switch request {
        case .connect: profile.client == Client.none ? nil : profile.client
        case .copy, .sftp, .learnHostKey: .ssh
        case .tunnel, .proxy: nil
        }
    }

    /// What `--` hands to the client.
    var typedArguments: [String] {
        switch request {
        case .connect(let arguments, _), .sftp(_, let arguments, _): arguments
        case .copy, .learnHostKey, .tunnel, .proxy: []
        }
    }

    /// The mappings that get a listener of ours.
    var listened: [PlacedMapping] {
        switch request {
        case .proxy, .copy, .sftp, .learnHostKey: return []
        case .tunnel(.some(let ports)):
            return ports.map { PlacedMapping(mapping: $0, place: nil, isOfProfile: false) }
        case .connect, .tunnel(.none):
            let ports = ofProfile.filter { $0.mapping.route == .bastion }
            guard ports.isEmpty, client == nil else { return ports }
            let only = PortMapping(local: 0, remote: profile.targetPort)
            return [PlacedMapping(mapping: only, place: place("target.port"), isOfProfile: false)]
        }
    }

    /// The mappings that the client is asked to listen for, or that cannot be had without it.
    var throughSSH: [PlacedMapping] {
        switch request {
        case .proxy, .tunnel(.some), .copy, .sftp, .learnHostKey: []
        case .connect, .tunnel(.none): ofProfile.filter { $0.mapping.route == .ssh }
        }
    }

    /// The profile whose target the bastion is asked for.
    var entry: Profile { profile.entry }

    /// Every port of the entry's target that the bastion is asked for.
    var targetPorts: [PlacedPort] {
        guard profile.jumps.isEmpty else {
            return [PlacedPort(port: entry.targetPort, place: entry.place(of: "target.port"))]
        }
        var ports = listened.map { PlacedPort(port: $0.mapping.remote, place: $0.place) }
        if client != nil {
            ports.insert(PlacedPort(port: profile.targetPort, place: place("target.port")), at: 0)
        }
        if case .proxy(let port) = request {
            ports.append(
                PlacedPort(port: port ?? profile.targetPort, place: port == nil ? place("target.port") : nil))
        }
        return ports
    }

    /// Whether a desktop is asked for with no word of how to sign in to it.
    var asksForUsername: Bool {
        let authentication = profile.authentication
        return client == .xfreerdp && authentication.method == .none && authentication.isUsernameSuggested
    }

    /// The profiles that ssh signs in by, in the order of the way; none where no ssh is launched.
    var logins: [Profile] {
        switch request {
        case .connect: client == .ssh ? profile.jumps + [profile] : []
        case .copy, .sftp: profile.jumps + [profile]
        case .learnHostKey: [profile]
        case .proxy: profile.jumps
        case .tunnel: []
        }
    }

    var launchesSSH: Bool { !logins.isEmpty }

    func place(_ keyPath: String) -> SourceLocation? { profile.place(of: keyPath) }

    private var ofProfile: [PlacedMapping] {
        profile.ports.enumerated().map { index, mapping in
            PlacedMapping(mapping: mapping, place: place("ports[\(index)]"), isOfProfile: true)
        }
    }
}
