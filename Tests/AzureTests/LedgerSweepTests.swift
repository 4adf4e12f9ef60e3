import Glibc
import Posix
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Azure

@Suite struct LedgerSweepTests {
    /// A service that answers by the token in the path, and counts who asks at once.
    private final class Service: HTTPSending {
        private struct State {
            var asked: [String] = []
            var present = 0
            var most = 0
        }

        private let answer: @Sendable (String) -> Result<HTTPResponse, HTTPError>
        private let state = Mutex(State())

        init(_ answer: @escaping @Sendable (String) -> Result<HTTPResponse, HTTPError>) {
            self.answer = answer
        }

        var asked: [String] { state.withLock { $0.asked } }
        /// The most requests that there were at once.
        var most: Int { state.withLock { $0.most } }

        func send(_ request: HTTPRequest, to origin: Origin, until deadline: Instant)
            async throws(HTTPError) -> HTTPResponse
        {
            let name = String(request.target.dropFirst("/api/tokens/".count))
            state.withLock { state in
                state.asked.append(name)
                state.present += 1
                state.most = max(state.most, state.present)
            }
            await Task.yield()
            state.withLock { $0.present -= 1 }
            return try answer(name).get()
        }
    }

    private static let gone = Result<HTTPResponse, HTTPError>.json(204, "")

    private static func sweep(_ folder: TemporaryFolder, _ service: Service) async -> LedgerSweep.Report {
        let sweep = LedgerSweep(stateFolder: folder.path, now: 2000)
        return await sweep.run(until: Sample.soon()) { _ in service }
    }

    @Test func `deletes what was left, keeps what the service will not delete, drops what is elsewhere`()
        async throws
    {
        try await onLoop {
            let folder = try TemporaryFolder()
            try SessionLedgerTests.die(
                folder, leaving: SessionLedgerTests.entry("left"), SessionLedgerTests.entry("gone"),
                SessionLedgerTests.entry("busy"), SessionLedgerTests.entry("evil", suffix: "other.example"))
            let service = Service { name in
                switch name {
                case "gone": .json(404, "")
                case "busy": .json(403, "")
                default: Self.gone
                }
            }
            #expect(
                await Self.sweep(folder, service) == LedgerSweep.Report(deleted: 2, kept: 1, refused: 1))
            #expect(service.asked.sorted() == ["busy", "gone", "left"])
            #expect(await Self.sweep(folder, Service { _ in Self.gone }) == LedgerSweep.Report(deleted: 1))
            #expect(SessionLedgerTests.files(folder) == [])
        }
    }

    /// A clock that was wrong at the time makes a session look old.
    @Test func `gives up what is older than a day, but not without a try`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            try SessionLedgerTests.die(
                folder, leaving: SessionLedgerTests.entry("old", openedAt: -90_000),
                SessionLedgerTests.entry("ancient", openedAt: .min),
                SessionLedgerTests.entry("future", openedAt: .max))
            let service = Service { $0 == "ancient" ? .json(403, "") : Self.gone }
            #expect(await Self.sweep(folder, service) == LedgerSweep.Report(deleted: 2, expired: 1))
            #expect(SessionLedgerTests.files(folder) == [])
        }
    }

    @Test func `does not ask a service again that cannot be reached`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            for number in 1...30 {
                try SessionLedgerTests.die(folder, leaving: SessionLedgerTests.entry("s\(number)"))
            }
            let service = Service { _ in
                .failure(.connection(.notResolved(host: "bst.lab.example", reason: "no network")))
            }
            #expect(await Self.sweep(folder, service) == LedgerSweep.Report(kept: 30))
            #expect(service.asked.count <= 8, "those that were under way when the first one failed")
            #expect(SessionLedgerTests.files(folder).count == 30)
        }
    }

    @Test func `deletes some at a time, and holds no more files open than that`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            for number in 1...100 {
                try SessionLedgerTests.die(
                    folder, leaving: SessionLedgerTests.entry("a\(number)"),
                    SessionLedgerTests.entry("b\(number)"))
            }
            let service = Service { _ in Self.gone }
            #expect(await Self.sweep(folder, service) == LedgerSweep.Report(deleted: 200))
            #expect(service.most == 8)
            #expect(Set(service.asked).count == 200)
            #expect(service.asked.count == 200)
            #expect(SessionLedgerTests.files(folder) == [])
        }
    }

    @Test func `tells how many sessions were asked for without an answer`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            let ledger = SessionLedger(stateFolder: folder.path)
            for _ in 1...3 { _ = try ledger.announce(at: 1000) }
            ledger.finish()
            let service = Service { _ in Self.gone }
            #expect(await Self.sweep(folder, service) == LedgerSweep.Report(unanswered: 3))
            #expect(await Self.sweep(folder, service) == LedgerSweep.Report())
            #expect(service.asked == [])
        }
    }

    @Test func `asks for the client of each authority file once`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            try SessionLedgerTests.die(
                folder, leaving: SessionLedgerTests.entry("a"), SessionLedgerTests.entry("b"))
            let asked = Mutex<[String?]>([])
            let sweep = LedgerSweep(stateFolder: folder.path, now: 2000)
            let report = await sweep.run(until: Sample.soon()) { caFile in
                asked.withLock { $0.append(caFile) }
                return nil
            }
            #expect(report == LedgerSweep.Report(kept: 2))
            #expect(asked.withLock { $0 } == ["/ca.pem"])
        }
    }
}
