import Glibc
import TestSupport
import Testing

@testable import Posix

@Suite struct ChildProcessTests {
    /// The test process keeps its own signals: whoever waits for a child is told by a thread that waits as well.
    private static func start(
        _ program: String, _ arguments: [String], environment: [String] = ["PATH=/usr/bin:/bin"],
        descriptors: [(ours: FileDescriptor, childs: Int32)] = []
    ) throws -> ChildProcess {
        var configuration = ChildProcess.Configuration(
            program: program, arguments: arguments, environment: environment)
        configuration.descriptors = descriptors
        return try ChildProcess(configuration, signals: try router())
    }

    private static func router() throws -> SignalRouter {
        SignalRouter(try FileDescriptor.pipe().read)
    }

    static func ending(of child: ChildProcess) async throws -> ChildProcess.Ending {
        let id = child.id
        _ = try await BlockingCall.run(until: .now.advanced(by: .seconds(30))) {
            var information = siginfo_t()
            return waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT)
        }
        child.stateChanged()
        return await child.wait()
    }

    private static func output(
        _ program: String, _ arguments: [String], environment: [String] = ["PATH=/usr/bin:/bin"],
        at number: Int32 = 1
    ) async throws -> String {
        let pipe = try FileDescriptor.pipe()
        try pipe.read.setNonBlocking(true)
        let child = try start(
            program, arguments, environment: environment, descriptors: [(pipe.write, number)])
        pipe.write.close()
        let stream = try StreamSocket(adopting: pipe.read, wakeUp: WakeUp())
        let bytes = await stream.readAll(limit: 65_536, until: .now.advanced(by: .seconds(30)))
        #expect(try await ending(of: child) == .exited(0))
        return String(decoding: try #require(bytes), as: UTF8.self)
    }

    @Test(arguments: [0, 1, 77, 255] as [Int32])
    func `tells what the child exited with`(_ status: Int32) async throws {
        try await onLoop {
            let child = try Self.start("sh", ["-c", "exit \(status)"])
            #expect(child.isRunning)
            #expect(try await Self.ending(of: child) == .exited(status))
            #expect(!child.isRunning)
        }
    }

    @Test(arguments: [SIGTERM, SIGKILL, SIGHUP])
    func `tells which signal ended the child`(_ signal: Int32) async throws {
        try await onLoop {
            let child = try Self.start("sleep", ["1000"])
            child.send(signal: signal)
            #expect(try await Self.ending(of: child) == .killed(signal: signal))
            child.send(signal: signal)
        }
    }

    @Test func `says that a program does not exist`() async throws {
        try await onLoop {
            let error = #expect(throws: SystemError.self) { try Self.start("/nonexistent/program", []) }
            #expect(error == SystemError("posix_spawn", number: ENOENT))
        }
    }

    @Test func `gives the child the environment it is told to, and no other`() async throws {
        try await onLoop {
            let shown = try await Self.output("/usr/bin/env", [], environment: ["A=1", "B=two words", "C="])
            #expect(shown == "A=1\nB=two words\nC=\n")
        }
    }

    @Test func `gives the child no descriptor but those it is told to`() async throws {
        try await onLoop {
            let pipe = try FileDescriptor.pipe()
            let inheritable = FileDescriptor(owning: fcntl(pipe.read.rawValue, F_DUPFD, 40))
            #expect(inheritable.rawValue >= 40)
            let shown = try await Self.output("ls", ["/proc/self/fd"])
            let numbers = shown.split(separator: "\n").compactMap { Int($0) }
            // 3 is the folder that ls itself has open.
            #expect(Set(numbers).isSubset(of: [0, 1, 2, 3]))
        }
    }

    @Test func `puts a descriptor where the child expects it`() async throws {
        try await onLoop {
            let shown = try await Self.output("sh", ["-c", "echo here >&5"], at: 5)
            #expect(shown == "here\n")
        }
    }

    @Test func `starts the child with default signal actions and nothing blocked`() async throws {
        try await onLoop {
            let before = signal(SIGPIPE, SIG_IGN)
            defer { signal(SIGPIPE, before) }
            let shown = try await Self.output("grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"])
            #expect(shown.split(separator: "\n").count == 2)
            for line in shown.split(separator: "\n") {
                let mask = try #require(line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
                // The C library keeps signals 32 and 33 to itself.
                #expect(mask & 0x7FFF_FFFF == 0)
            }
        }
    }

    @Test(arguments: [false, true])
    func `starts what is in the background apart from us`(_ isDetached: Bool) async throws {
        try await onLoop {
            var configuration = ChildProcess.Configuration(
                program: "sleep", arguments: ["1000"], environment: ["PATH=/usr/bin:/bin"])
            configuration.isInBackground = !isDetached
            configuration.isDetached = isDetached
            let child = try ChildProcess(configuration, signals: Self.router())
            #expect(child.isInBackground)
            #expect(getpgid(child.id) == child.id)
            #expect((getsid(child.id) == child.id) == isDetached)
            child.send(signal: SIGKILL)
            #expect(try await Self.ending(of: child) == .killed(signal: SIGKILL))
        }
    }

    @Test func `waits for a child no longer than it may`() async throws {
        try await onLoop {
            let child = try Self.start("sleep", ["1000"])
            #expect(await child.wait(until: .now.advanced(by: .milliseconds(5))) == nil)
            #expect(child.isRunning)
            let wait = Task(executorPreference: EventLoop.current) {
                await child.wait(until: .now.advanced(by: .seconds(60)))
            }
            wait.cancel()
            #expect(await wait.value == nil)
            child.send(signal: SIGTERM)
            #expect(try await Self.ending(of: child) == .killed(signal: SIGTERM))
            #expect(await child.wait(until: .now) == .killed(signal: SIGTERM))
        }
    }

    @Test func `waits on for a child though the waiting task is cancelled`() async throws {
        try await onLoop {
            let pipe = try FileDescriptor.pipe()
            let child = try Self.start("cat", [], descriptors: [(pipe.read, 0)])
            let wait = Task(executorPreference: EventLoop.current) { await child.wait() }
            wait.cancel()
            #expect(child.isRunning)
            pipe.write.close()
            #expect(await wait.value == .exited(0))
        }
    }
}

/// Signals are sent to the thread of the test's own loop alone, which ends with the test.
@Suite struct SignalRouterTests {
    private static func withRouter(_ body: @escaping @Sendable (SignalRouter) async throws -> Void)
        async throws
    {
        try await onLoop {
            let router = SignalRouter(try SignalRouter.prepareProcess())
            let running = Task(executorPreference: EventLoop.current) { try? await router.run() }
            try await body(router)
            running.cancel()
            await running.value
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT])
    func `tells the program to end where there is no child`(_ signal: Int32) async throws {
        try await Self.withRouter { router in
            #expect(router.interruption == nil)
            pthread_kill(pthread_self(), signal)
            #expect(await router.waitForInterruption() == signal)
            #expect(router.interruption == signal)
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func `passes on to the child what a process sent`(_ signal: Int32) async throws {
        try await Self.withRouter { router in
            let child = try ChildProcess(
                ChildProcess.Configuration(program: "sleep", arguments: ["1000"], environment: []),
                signals: router)
            pthread_kill(pthread_self(), signal)
            #expect(try await ChildProcessTests.ending(of: child) == .killed(signal: signal))
            #expect(router.interruption == signal)
        }
    }

    @Test func `stops waiting when it is cancelled`() async throws {
        try await Self.withRouter { router in
            let waiting = Task(executorPreference: EventLoop.current) { await router.waitForInterruption() }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }
}

@Suite struct ProcessTableTests {
    @Test func `knows the parents of processes`() {
        #expect(ProcessTable.parent(of: getpid()) == getppid())
        #expect(ProcessTable.parent(of: .max) == nil)
    }

    @Test func `knows who descends from whom`() {
        #expect(ProcessTable.isProcess(getpid(), descendedFrom: getpid()))
        #expect(ProcessTable.isProcess(getpid(), descendedFrom: getppid()))
        #expect(!ProcessTable.isProcess(getppid(), descendedFrom: getpid()))
        #expect(!ProcessTable.isProcess(.max, descendedFrom: getpid()))
    }
}
