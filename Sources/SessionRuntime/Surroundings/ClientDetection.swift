package import Planning
package import Posix
package import Profiles

/// Asks a client program for its release, once for each file: before a connection, never for a plan.
package struct ClientDetection {
    private let surroundings: Surroundings
    private let signals: SignalRouter

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
        let program = BriefProgram(program, surroundings, signals: signals)
        let lines = try? await program.answer(to: ["--version"], reading: [1, 2]).lines
        return (lines ?? []).joined(separator: "\n")
    }
}
