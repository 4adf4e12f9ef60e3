package import Planning
package import Posix
package import Profiles

/// Asks a client program for its release, once for each file: before a connection, never for a plan.
package struct ClientDetection {
    private let surroundings: Surroundings
    private let signals: SignalRouter

    /// The programs answer within a tenth of a second; one that waits for its display may not hold us up.
    private static let patience = Duration.seconds(5)

    package init(_ surroundings: Surroundings, signals: SignalRouter) {
        self.surroundings = surroundings
        self.signals = signals
    }

    /// The facts with the release of the client that would be launched, where it can be had.
    package func completed(_ facts: Facts, for profile: Profile) async -> Facts {
        guard profile.client == .xfreerdp, !facts.displays.isEmpty,
            let client = try? FreeRDPClient.choose(from: facts),
            !client.isChecked, let version = FreeRDPVersion(await answer(of: client.path))
        else { return facts }
        ClientVersions(surroundings.directories).keep(version, for: client.path)
        var facts = facts
        for name in facts.executables.keys where facts.executables[name]?.path == client.path {
            facts.executables[name]?.version = version.text
        }
        return facts
    }

    /// What the program prints for `--version`; empty where it does not run.
    private func answer(of program: String) async -> String {
        var configuration = ChildProcess.Configuration(
            program: program, arguments: ["--version"],
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: []))
        configuration.isInBackground = true
        guard let pipe = try? FileDescriptor.pipe(), (try? pipe.read.setNonBlocking(true)) != nil,
            let nowhere = try? FileDescriptor.open("/dev/null", 0)
        else { return "" }
        configuration.descriptors = [(nowhere, 0), (pipe.write, 1), (pipe.write, 2)]
        guard let child = try? ChildProcess(configuration, signals: signals) else { return "" }
        pipe.write.close()
        let log = ClientLog(reading: pipe.read) { _ in }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await log.run() }
            group.addTask {
                guard await EventLoop.sleep(until: .now.advanced(by: Self.patience)) else { return }
                child.send(signal: 9)
            }
            _ = await child.wait()
            group.cancelAll()
        }
        return log.lines.joined(separator: "\n")
    }
}
