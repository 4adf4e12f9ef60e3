/// Connects to whichever of several addresses answers first (RFC 8305, section 5).
///
/// The next attempt begins as soon as one has failed, or has had no answer for a while; those before it go on.
/// The first that stands wins, and the others are closed. All of it is one task's: the sockets share its wake-up.
struct ConnectionRace {
    private var waiting: ArraySlice<SocketAddress>
    private var running: [(address: SocketAddress, stream: StreamSocket)] = []
    private var failed: [ConnectAttempt] = []
    private let wakeUp: WakeUp

    init(_ addresses: [SocketAddress], wakeUp: WakeUp) {
        waiting = addresses[...]
        self.wakeUp = wakeUp
    }

    mutating func run(stagger: Duration, until deadline: Instant) async throws(ConnectFailure) -> StreamSocket
    {
        defer { for runner in running { runner.stream.close() } }
        var nextStart = Instant.now
        while true {
            let failures = failed.count
            if let winner = winner() { return winner }
            if failed.count > failures || running.isEmpty || Instant.now >= nextStart {
                if let address = waiting.popFirst() {
                    start(address)
                    nextStart = .now.advanced(by: stagger)
                    continue
                }
            }
            guard !running.isEmpty else { throw .unreachable(failed) }
            switch await wakeUp.wait(until: waiting.isEmpty ? deadline : min(deadline, nextStart)) {
            case .signalled: continue
            case .cancelled: throw .cancelled
            case .deadline:
                if Instant.now < deadline { continue }
                let silent = running.map { ConnectAttempt(address: $0.address, failure: nil) }
                throw .unreachable(failed + silent)
            }
        }
    }

    private mutating func start(_ address: SocketAddress) {
        do {
            running.append((address, try StreamSocket.startConnecting(to: address, wakeUp: wakeUp)))
        } catch { failed.append(ConnectAttempt(address: address, failure: error)) }
    }

    /// Takes the first that stands out of the race, and those that failed.
    private mutating func winner() -> StreamSocket? {
        var index = 0
        while index < running.count {
            do throws(SystemError) {
                if try running[index].stream.isConnected() { return running.remove(at: index).stream }
                index += 1
            } catch {
                let loser = running.remove(at: index)
                loser.stream.close()
                failed.append(ConnectAttempt(address: loser.address, failure: error))
            }
        }
        return nil
    }
}

/// What came of one address.
package struct ConnectAttempt: Hashable, Sendable {
    package let address: SocketAddress
    /// nil where no answer came before the deadline.
    package let failure: SystemError?

    package init(address: SocketAddress, failure: SystemError?) {
        (self.address, self.failure) = (address, failure)
    }
}

/// Why there is no connection.
package enum ConnectFailure: Error, Hashable, Sendable {
    /// What came of each address that was tried; none where there were no addresses.
    case unreachable([ConnectAttempt])
    case cancelled
}

extension StreamSocket {
    /// Connects to one address.
    package static func connect(to address: SocketAddress, wakeUp: WakeUp, until deadline: Instant)
        async throws(ConnectFailure) -> StreamSocket
    {
        try await connect(toFirstOf: [address], wakeUp: wakeUp, until: deadline)
    }

    /// Connects to the first of these addresses that answers; both families are tried, alternately.
    /// - Parameter stagger: how long an attempt has no answer before the next one begins; 250 ms by RFC 8305.
    package static func connect(
        toFirstOf addresses: [SocketAddress], wakeUp: WakeUp, until deadline: Instant,
        stagger: Duration = .milliseconds(250)
    ) async throws(ConnectFailure) -> StreamSocket {
        var race = ConnectionRace(SocketAddress.alternating(addresses), wakeUp: wakeUp)
        return try await race.run(stagger: stagger, until: deadline)
    }
}

extension SocketAddress {
    /// The families in turn, beginning with that of the first address; the order within each is kept
    /// (RFC 8305, section 4). Addresses that stand there twice are kept once.
    package static func alternating(_ addresses: [SocketAddress]) -> [SocketAddress] {
        guard let first = addresses.first else { return [] }
        var seen: Set<SocketAddress> = []
        let distinct = addresses.filter { seen.insert($0).inserted }
        let preferred = distinct.filter { $0.isIPv6 == first.isIPv6 }
        let others = distinct.filter { $0.isIPv6 != first.isIPv6 }
        var mixed: [SocketAddress] = []
        for index in 0..<max(preferred.count, others.count) {
            if index < preferred.count { mixed.append(preferred[index]) }
            if index < others.count { mixed.append(others[index]) }
        }
        return mixed
    }
}
