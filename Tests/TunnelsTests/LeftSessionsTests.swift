import Azure
import Posix
import Synchronization
import TestSupport
import Testing

@testable import Tunnels

/// What is done about sessions that are left when a run ends.
@Suite struct LeftSessionsTests {
    /// The answers to deletions, in order, then the last one again; and who was asked to be deleted.
    private final class Host: Sendable {
        private let state: Mutex<(answers: [Deletion], asked: [String])>

        init(_ answers: [Deletion]) { state = Mutex((answers, [])) }

        var asked: [String] { state.withLock(\.asked) }

        func delete(_ session: OpenSession) -> Deletion {
            state.withLock { state in
                state.asked.append(session.token.authToken)
                return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What came of the deletion of each session before.
        let before: [Deletion?]
        let answers: [Deletion]
        let asked: [String]
        let left: Int
    }

    static let cases = [
        Case(
            testDescription: "nothing tried", before: [nil, nil], answers: [.done], asked: ["0", "1"], left: 0
        ),
        Case(
            testDescription: "refused", before: [.refused], answers: [.refused, .done], asked: ["0", "0"],
            left: 0),
        Case(
            testDescription: "refused each time", before: [.refused], answers: [.refused],
            asked: ["0", "0", "0"], left: 1),
        Case(
            testDescription: "silent before", before: [.silence, nil, .refused], answers: [.done], asked: [],
            left: 3),
        Case(
            testDescription: "silent now", before: [.refused, nil], answers: [.silence], asked: ["1"], left: 2
        ),
    ]

    @Test(arguments: cases)
    func `tries what may succeed, and counts the rest`(_ example: Case) async throws {
        try await onLoop {
            let folder = try TemporaryHome()
            let ledger = SessionLedger(stateFolder: folder.path("state"))
            let sessions = LeftSessions(firstPause: .milliseconds(5))
            for (number, deletion) in example.before.enumerated() {
                let token = TunnelToken(authToken: "\(number)", nodeID: "n", websocketToken: "")
                let receipt = try ledger.announce(at: 0)
                sessions.add(OpenSession(token: token, receipt: receipt), after: deletion)
            }
            let host = Host(example.answers)
            let left = await sessions.finish(until: .now.advanced(by: .seconds(30)), forgiving: .seconds(30))
            {
                host.delete($0)
            }
            #expect(left == example.left)
            #expect(host.asked == example.asked)
            ledger.finish()
        }
    }
}
