internal import Diagnostics
package import Cryptography
package import Posix
package import Transport

/// A local Azure Bastion: sign-in service, resource manager and data plane over TLS.
package struct Emulator: Sendable {
    package enum Failure: Error, Sendable {
        case system(address: LocalAddress, SystemError)
        case notResolved(LocalAddress)
        case certificate(CertificateError)
        case tls(TLSError)
    }

    private let configuration: EmulatorConfiguration
    private let state: EmulatorState
    private let log: RequestLog

    package init(_ configuration: EmulatorConfiguration, state: EmulatorState, log: RequestLog) {
        self.configuration = configuration
        self.state = state
        self.log = log
    }

    /// Listens and serves until the body returns or the task is cancelled. To be called on an event loop.
    ///
    /// Sessions that are left at the end are logged as leaked.
    /// - Parameter body: is given the endpoints once they can be connected to.
    package func run<Value: Sendable>(_ body: @escaping @Sendable (Endpoints) async -> Value)
        async throws(Failure) -> Value
    {
        let (listeners, endpoints) = try await listen()
        let names = names(endpoints)
        let server = try server(for: names)
        let greetings = try Greetings(Set(configuration.faults.compactMap(\.certificate)), for: names, state)
        let sessions = SessionTable(limits: configuration.limits)
        let faults = FaultScript(configuration.faults)
        let value = await withTaskGroup(of: Value?.self) { group in
            for (listener, roles) in listeners {
                let service = service(roles, endpoints, sessions, faults, greetings)
                let confined = LoopConfined(listener)
                group.addTask {
                    await server.serve(confined.value, with: service)
                    return nil
                }
            }
            group.addTask { await body(endpoints) }
            var value: Value?
            while value == nil, let next = await group.next() { value = next }
            group.cancelAll()
            return value
        }
        for session in sessions.live {
            log.write(
                "session-leaked-at-exit", ["session": .text(session.id), "client": .text(session.client)])
        }
        if let value { return value }
        // The listeners only return when they are cancelled, and then the body returned first.
        return await body(endpoints)
    }

    private func service(
        _ roles: Set<EmulatorService.Role>, _ endpoints: Endpoints, _ sessions: SessionTable,
        _ faults: FaultScript, _ greetings: Greetings
    ) -> EmulatorService {
        let tokens = AccessTokens(key: state.tokenKey)
        return EmulatorService(
            roles: roles, endpoints: endpoints,
            entra: EmulatedEntra(configuration: configuration, endpoints: endpoints, tokens: tokens),
            resourceManager: EmulatedResourceManager(
                configuration: configuration, endpoints: endpoints, tokens: tokens),
            bastion: EmulatedBastion(
                configuration: configuration, endpoints: endpoints, tokens: tokens, sessions: sessions,
                log: log),
            tunnels: TunnelOpening(
                configuration: configuration, endpoints: endpoints, sessions: sessions, faults: faults,
                log: log),
            faults: faults, greetings: greetings, log: log)
    }

    /// The certificate names every bastion host: verifiers refuse wildcards directly under one label.
    private func names(_ endpoints: Endpoints) -> [String] {
        var names = [configuration.publicName]
        for host in endpoints.dnsNames {
            let name = String(host.split(separator: ":").first ?? "")
            if !names.contains(name) { names.append(name) }
        }
        if !names.contains("localhost") { names.append("localhost") }
        return names + ["127.0.0.1", "::1"]
    }

    private func server(for names: [String]) throws(Failure) -> HTTPServer {
        let issued: CertificateAuthority.Issued
        do { issued = try state.issue(for: names) } catch { throw .certificate(error) }
        do {
            let context = try TLSContext.server(
                certificates: Array(issued.certificatePEM.utf8), privateKey: issued.keyPEM)
            return HTTPServer(context: context)
        } catch { throw .tls(error) }
    }
}

// MARK: - Listening

extension Emulator {
    private typealias Place = (listener: Listener, roles: Set<EmulatorService.Role>)

    private func listen() async throws(Failure) -> ([Place], Endpoints) {
        let wanted: [(EmulatorService.Role, LocalAddress)] = [
            (.signIn, configuration.listen.signIn), (.resourceManager, configuration.listen.resourceManager),
            (.bastion, configuration.listen.bastion),
        ]
        var places: [LocalAddress: Place] = [:]
        var ports: [EmulatorService.Role: UInt16] = [:]
        for (role, address) in wanted {
            var place: Place
            if let known = places[address] { place = known } else { place = (try await bind(address), []) }
            place.roles.insert(role)
            places[address] = place
            ports[role] = place.listener.address?.port ?? address.port
        }
        return (Array(places.values), endpoints(ports))
    }

    private func bind(_ address: LocalAddress) async throws(Failure) -> Listener {
        let found: [SocketAddress]
        do {
            found = try await NameResolution.addresses(
                of: address.host, port: address.port, until: .now.advanced(by: .seconds(10)))
        } catch { throw .notResolved(address) }
        guard let first = found.first else { throw .notResolved(address) }
        do { return try Listener(on: first) } catch { throw .system(address: address, error) }
    }

    private func endpoints(_ ports: [EmulatorService.Role: UInt16]) -> Endpoints {
        func authority(_ name: String, _ role: EmulatorService.Role) -> String {
            let port = ports[role] ?? 443
            return port == 443 ? name : "\(name):\(port)"
        }
        let names = configuration.hosts.map { host in
            let name =
                host.dnsName ?? "\(Identifiers.bastionName(for: host.id)).\(configuration.bastionSuffix)"
            return host.port.map { "\(name):\($0)" } ?? authority(name, .bastion)
        }
        return Endpoints(
            authority: "https://\(authority(configuration.publicName, .signIn))",
            resourceManager: "https://\(authority(configuration.publicName, .resourceManager))",
            bastionSuffix: configuration.bastionSuffix, dnsNames: names)
    }
}
