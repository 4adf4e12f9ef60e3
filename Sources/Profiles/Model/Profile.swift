package import Diagnostics

/// A profile after all layers, `extends` and interpolation: complete, checked for form, ready to be planned.
package struct Profile: Hashable, Sendable {
    package var name: String
    package var description: String?
    package var tags: [String] = []
    package var host: BastionHost
    package var target: Target
    /// The port that the client and `proxy` use; 1 to 65535.
    package var targetPort: UInt16
    package var authentication: Authentication
    package var client: Client
    package var ports: [PortMapping] = []
    package var ssh = SSHSettings()
    /// The profiles jumped through, the first reached one first; each has those before it.
    package var jumps: [Profile] = []
    package var rdp = RDPSettings()
    package var reconnect = ReconnectSettings()
    package var tunnel = TunnelSettings()
    /// Where each value came from, by key path (`target.resourceId`, `ports[1]`, `host.tenant`); a path that is
    /// missing stands for a default.
    package var places: [String: SourceLocation] = [:]

    package init(
        name: String, host: BastionHost, target: Target, targetPort: UInt16, authentication: Authentication,
        client: Client
    ) {
        self.name = name
        self.host = host
        self.target = target
        self.targetPort = targetPort
        self.authentication = authentication
        self.client = client
    }

    /// The profile whose target the bastion is asked for: the first jumped through, or this one.
    package var entry: Profile { jumps.first ?? self }

    /// Where the value at a key path stands, or the nearest key above it that was written.
    package func place(of keyPath: String) -> SourceLocation? {
        var path = Substring(keyPath)
        while true {
            if let place = places[String(path)] { return place }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return places[""] }
            path = path[..<end]
        }
    }
}
