internal import Posix
internal import Synchronization

/// What a session leads to.
struct TunnelRoute: Hashable, Sendable {
    /// The index of the bastion host.
    var host: Int
    var client: String
    var target: EmulatorConfiguration.Target.Name
    var port: UInt16
    /// Where the target's port is on this machine; nil where nothing listens there.
    var local: LocalAddress?
}

/// One session: from the first answer to `POST /api/tokens` until its DELETE.
final class BastionSession: Sendable {
    /// For the log: counted from 1.
    let id: String
    let authToken: String
    let node: String
    let host: Int
    let client: String
    private let state: Mutex<State>

    private struct State {
        var route: TunnelRoute
        /// The one WebSocket that may still be opened.
        var ticket: Ticket?
        /// The open ones, which a DELETE cuts.
        var tunnels: [ObjectIdentifier: TunnelSwitch] = [:]
        var isDeleted = false
        var bytesUp = 0
        var bytesDown = 0
    }

    private struct Ticket {
        let token: String
        let deadline: Instant
    }

    init(id: String, authToken: String, node: String, route: TunnelRoute) {
        self.id = id
        self.authToken = authToken
        self.node = node
        host = route.host
        client = route.client
        state = Mutex(State(route: route))
    }

    var route: TunnelRoute { state.withLock { $0.route } }
    var isDeleted: Bool { state.withLock { $0.isDeleted } }
    var bytes: (up: Int, down: Int) { state.withLock { ($0.bytesUp, $0.bytesDown) } }

    /// Sends the session elsewhere and replaces the ticket that was not used.
    func renew(_ route: TunnelRoute, webSocketToken: String, until deadline: Instant) {
        state.withLock {
            $0.route = route
            $0.ticket = Ticket(token: webSocketToken, deadline: deadline)
        }
    }

    /// Whether the ticket is this one; it is used up by being asked about, even when it is too late.
    func takeTicket(_ token: String) -> Bool? {
        state.withLock { state in
            guard let ticket = state.ticket, ticket.token == token else { return nil }
            state.ticket = nil
            return ticket.deadline > .now
        }
    }

    func opened(_ tunnel: TunnelSwitch) {
        state.withLock { $0.tunnels[ObjectIdentifier(tunnel)] = tunnel }
    }

    func closed(_ tunnel: TunnelSwitch, bytesUp: Int, bytesDown: Int) {
        state.withLock {
            $0.tunnels[ObjectIdentifier(tunnel)] = nil
            $0.bytesUp += bytesUp
            $0.bytesDown += bytesDown
        }
    }

    /// Ends the session and what is open of it. On the loop's thread.
    func delete() {
        let tunnels = state.withLock { state in
            state.isDeleted = true
            state.ticket = nil
            return state.tunnels.values
        }
        for tunnel in tunnels { tunnel.cut() }
    }
}

/// Cuts an open tunnel from outside of its task. Belongs to its loop's thread.
final class TunnelSwitch: @unchecked Sendable {
    private let wakeUp: WakeUp
    private(set) var isCut = false

    init(waking wakeUp: WakeUp) { self.wakeUp = wakeUp }

    func cut() {
        isCut = true
        wakeUp.signal()
    }
}
