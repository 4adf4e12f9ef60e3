/// What a tunnel's relay may do next: the protocol of its two directions, without sockets.
///
/// A WebSocket has no half-close. When the local program ends its sending side, what still comes is delivered
/// until the service closes or stays silent for the drain time; then the tunnel is closed with 1000.
package struct RelayState: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        case open
        /// The local program ended its sending side.
        case draining
        /// The service closed; what is held is still delivered.
        case delivering
        /// We closed, and wait for nothing more.
        case closed
    }

    package enum Event: Hashable, Sendable {
        case bytesFromTarget
        case localEnded
        case localGone
        case serviceClosed
        case deadlinePassed
        case allDelivered
    }

    package enum Action: Hashable, Sendable {
        /// Tell the service that we close (close code 1000).
        case sendClose
        /// Tell the local program that nothing more comes.
        case finishLocal
    }

    package private(set) var phase = Phase.open

    package init() {}

    /// Whether what the local program sends is still wanted.
    package var readsLocal: Bool { phase == .open }
    /// Whether what the service sends is still wanted.
    package var readsService: Bool { phase == .open || phase == .draining }
    /// Whether silence of the service ends the tunnel.
    package var isTimed: Bool { phase == .draining }

    package mutating func receive(_ event: Event) -> [Action] {
        switch (phase, event) {
        case (.open, .localEnded):
            phase = .draining
            return []
        case (.open, .localGone), (.draining, .localGone):
            phase = .closed
            return [.sendClose]
        case (.draining, .deadlinePassed):
            phase = .closed
            return [.sendClose, .finishLocal]
        case (.open, .serviceClosed), (.draining, .serviceClosed):
            phase = .delivering
            return [.sendClose]
        case (.delivering, .allDelivered):
            phase = .closed
            return [.finishLocal]
        case (.delivering, .localGone):
            phase = .closed
            return []
        case (.open, .bytesFromTarget), (.draining, .bytesFromTarget), (.open, .deadlinePassed),
            (.open, .allDelivered), (.draining, .allDelivered), (.draining, .localEnded),
            (.delivering, .localEnded), (.delivering, .bytesFromTarget), (.delivering, .serviceClosed),
            (.delivering, .deadlinePassed), (.closed, _):
            return []
        }
    }
}
