import Testing

@testable import Tunnels

@Suite struct RelayStateTests {
    struct Step: Sendable {
        let phase: RelayState.Phase
        let event: RelayState.Event
        let actions: [RelayState.Action]
        let next: RelayState.Phase

        init(
            _ phase: RelayState.Phase, _ event: RelayState.Event, _ actions: [RelayState.Action] = [],
            _ next: RelayState.Phase? = nil
        ) {
            (self.phase, self.event, self.actions, self.next) = (phase, event, actions, next ?? phase)
        }
    }

    static let events: [RelayState.Event] = [
        .bytesFromTarget, .localEnded, .localGone, .serviceClosed, .deadlinePassed, .allDelivered,
    ]

    static let steps: [Step] = [
        Step(.open, .bytesFromTarget),
        Step(.open, .localEnded, [], .draining),
        Step(.open, .localGone, [.sendClose], .closed),
        Step(.open, .serviceClosed, [.sendClose], .delivering),
        Step(.open, .deadlinePassed),
        Step(.open, .allDelivered),
        Step(.draining, .bytesFromTarget),
        Step(.draining, .localEnded),
        Step(.draining, .localGone, [.sendClose], .closed),
        Step(.draining, .serviceClosed, [.sendClose], .delivering),
        Step(.draining, .deadlinePassed, [.sendClose, .finishLocal], .closed),
        Step(.draining, .allDelivered),
        Step(.delivering, .bytesFromTarget),
        Step(.delivering, .localEnded),
        Step(.delivering, .localGone, [], .closed),
        Step(.delivering, .serviceClosed),
        Step(.delivering, .deadlinePassed),
        Step(.delivering, .allDelivered, [.finishLocal], .closed),
        Step(.closed, .bytesFromTarget),
        Step(.closed, .localEnded),
        Step(.closed, .localGone),
        Step(.closed, .serviceClosed),
        Step(.closed, .deadlinePassed),
        Step(.closed, .allDelivered),
    ]

    /// The events that lead from the beginning to a phase.
    static let roads: [RelayState.Phase: [RelayState.Event]] = [
        .open: [], .draining: [.localEnded], .delivering: [.serviceClosed], .closed: [.localGone],
    ]

    @Test(arguments: steps)
    func `goes from each phase with each event to one other phase`(_ step: Step) throws {
        var state = RelayState()
        for event in try #require(Self.roads[step.phase]) { _ = state.receive(event) }
        #expect(state.phase == step.phase)
        #expect(state.receive(step.event) == step.actions)
        #expect(state.phase == step.next)
    }

    @Test func `has a row for every phase and event`() {
        let pairs = Self.steps.map { "\($0.phase) \($0.event)" }
        #expect(Set(pairs).count == Self.roads.count * Self.events.count)
    }

    @Test(
        arguments: [
            (RelayState.Phase.open, true, true, false), (.draining, false, true, true),
            (.delivering, false, false, false), (.closed, false, false, false),
        ])
    func `reads only what is still wanted`(
        _ phase: RelayState.Phase, _ readsLocal: Bool, _ readsService: Bool, _ isTimed: Bool
    ) throws {
        var state = RelayState()
        for event in try #require(Self.roads[phase]) { _ = state.receive(event) }
        #expect(state.readsLocal == readsLocal)
        #expect(state.readsService == readsService)
        #expect(state.isTimed == isTimed)
    }

    @Test func `tells the service once that it closes`() {
        for first in Self.events {
            for second in Self.events {
                for third in Self.events {
                    var state = RelayState()
                    let actions = [first, second, third].flatMap { state.receive($0) }
                    #expect(actions.count { $0 == .sendClose } <= 1)
                    #expect(state.phase != .closed || actions.contains(.sendClose))
                }
            }
        }
    }
}
