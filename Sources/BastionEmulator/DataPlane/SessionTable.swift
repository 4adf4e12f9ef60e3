internal import Cryptography
internal import Posix
internal import Synchronization

/// The live sessions of all hosts.
final class SessionTable: Sendable {
    private struct State {
        var sessions: [BastionSession] = []
        var count = 0
    }

    private let state = Mutex(State())
    private let limits: EmulatorConfiguration.Limits

    init(limits: EmulatorConfiguration.Limits) { self.limits = limits }

    var live: [BastionSession] { state.withLock { $0.sessions } }

    struct Grant {
        let session: BastionSession
        let webSocketToken: String
        let isNew: Bool
    }

    /// Goes on with the session of the token, if it lives on the node and is the client's own, or makes a new one.
    ///
    /// - Returns: nil when the host has as many sessions as it takes.
    func grant(_ route: TunnelRoute, continuing token: String?, on node: String?, nodes: [String]) -> Grant? {
        let session: BastionSession
        let known = token.flatMap { find($0, host: route.host, node: node) }
        let isNew = known?.client != route.client
        if let known, !isNew {
            session = known
        } else {
            guard let made = open(route, on: node, nodes: nodes) else { return nil }
            session = made
        }
        let ticket = Hex.encode(RandomBytes.generate(24))
        session.renew(
            route, webSocketToken: ticket, until: .now.advanced(by: limits.webSocketTokenLifetime))
        return Grant(session: session, webSocketToken: ticket, isNew: isNew)
    }

    private func open(_ route: TunnelRoute, on node: String?, nodes: [String]) -> BastionSession? {
        let token = Hex.encode(RandomBytes.generate(32)).uppercased()
        return state.withLock { state in
            let used = state.sessions.count { $0.host == route.host }
            guard used < limits.sessionsPerHost, !nodes.isEmpty else { return nil }
            let place = node ?? nodes[state.count % nodes.count]
            state.count += 1
            let session = BastionSession(id: "s\(state.count)", authToken: token, node: place, route: route)
            state.sessions.append(session)
            return session
        }
    }

    /// The session of a token, where the load balancer finds it: on its node.
    func find(_ token: String, host: Int, node: String?) -> BastionSession? {
        live.first { $0.authToken == token && $0.host == host && $0.node == node }
    }

    /// A session of the host whose unused ticket is this one, on any node.
    ///
    /// - Returns: the session, and whether the ticket was still good; it is used up now.
    func redeem(_ ticket: String, host: Int, node: String) -> (session: BastionSession, isInTime: Bool)? {
        for session in live where session.host == host && session.node == node {
            if let isInTime = session.takeTicket(ticket) { return (session, isInTime) }
        }
        return nil
    }

    /// The session that is left out of the table from now on.
    func remove(_ token: String, host: Int, node: String?) -> BastionSession? {
        state.withLock { state in
            guard
                let index = state.sessions.firstIndex(where: {
                    $0.authToken == token && $0.host == host && $0.node == node
                })
            else { return nil }
            return state.sessions.remove(at: index)
        }
    }
}
