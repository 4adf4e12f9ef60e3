import Diagnostics
import Glibc
import Keyring
import Posix
import SessionRuntime
import Synchronization
import Terminal
import TestSupport

@testable import Commands

/// A home with a project in it, where commands run in this process and their words are kept.
struct Stage {
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var said: String
        /// The codes of what the command failed with.
        var failures: [String]
        var questions: [String]
    }

    private final class Record: Sendable {
        private let outcome = Mutex(
            Outcome(status: 0, output: "", said: "", failures: [], questions: []))

        func change(_ body: (inout sending Outcome) -> Void) { outcome.withLock { body(&$0) } }
        var value: Outcome { outcome.withLock { $0 } }
    }

    /// Lines that are still to be typed; after the last one comes Ctrl-C.
    private final class Rest: Sendable {
        private let lines: Mutex<[String]>

        init(_ lines: [String]) { self.lines = Mutex(lines.reversed()) }
        func next() -> String? { lines.withLock { $0.popLast() } }
    }

    let home: TemporaryHome
    /// Columns of the terminal that results go to, if they do.
    var width: Int?
    /// What is typed at the questions for a line, one after the other; nil where nobody can be asked.
    var typed: [String]?
    /// The keyring; nil for one that is not there.
    var secrets: (any SecretStore)?

    /// - Parameters:
    ///   - own: the user's own profile file.
    ///   - team: the project's, in `project/.bastion-up/team.yaml`.
    init(own: String? = nil, team: String? = nil) throws {
        home = try TemporaryHome()
        try home.makeFolder("project/.git")
        if let own { try home.writeProfiles(own, named: "own.yaml") }
        if let team { try home.write(team, to: "project/.bastion-up/team.yaml") }
    }

    var ownFile: String { home.path("config/bastion-up/profiles/own.yaml") }
    var teamFile: String { home.path("project/.bastion-up/team.yaml") }

    /// Runs a command line in the project's folder.
    /// - Parameter answer: what every question is answered with; nil where nobody can be asked.
    func run(_ words: String..., answer: Bool? = nil) async throws -> Outcome {
        let record = Record()
        var conversation = Conversation(
            printing: { text in record.change { $0.output += text } },
            saying: { text in record.change { $0.said += text } }, width: width)
        if let answer {
            conversation.confirming = { (question) throws(TerminalError) in
                record.change { $0.questions.append(question) }
                return answer
            }
        }
        if let typed {
            let rest = Rest(typed)
            conversation.asking = { (question) throws(TerminalError) in
                record.change { $0.questions.append(question) }
                guard let line = rest.next() else { throw .interrupted(SIGINT) }
                return line
            }
        }
        let surroundings = Surroundings(
            environment: home.environment, secret: nil, workingFolder: home.path("project"), secrets: secrets)
        try await onLoop { [conversation] in
            try await withChildSignals { signals in
                do throws(Problems) {
                    let status = try await Self.run(words, surroundings, conversation, signals)
                    record.change { $0.status = status }
                } catch {
                    record.change {
                        $0.failures = error.all.map(\.code)
                        $0.status = error.exit.rawValue
                    }
                }
            }
        }
        return record.value
    }

    private static func run(
        _ words: [String], _ surroundings: Surroundings, _ conversation: Conversation, _ signals: SignalRouter
    ) async throws(Problems) -> Int32 {
        let (command, options) = try parse(words)
        let context = CommandContext(
            surroundings: surroundings, options: options, signals: signals, conversation: conversation)
        return try await command.run(in: context).rawValue
    }

    private static func parse(_ words: [String]) throws(Problems) -> (any Command, GlobalOptions) {
        do throws(Diagnostic) {
            guard
                case .run(let specification, let arguments) = try ArgumentParser(
                    table: CommandTable.commands
                ).parse(words)
            else { throw Diagnostic("test.no-command", "no command") }
            return (try specification.make(arguments), arguments.global)
        } catch { throw Problems(error) }
    }
}

/// Profile files that the tests share.
enum Example {
    static let hub = """
        hosts:
          hub: {name: bas-hub, resourceGroup: rg-hub, subscription: 11111111-1111-1111-1111-111111111111}
        """
    static let own = """
        version: 1
        \(hub)
        profiles:
          base: {template: true, host: hub, tags: [linux]}
          dev:
            extends: base
            description: Build machine
            target: {vm: vm-dev, resourceGroup: rg-dev}
            auth: {type: ssh-key, key: ~/.ssh/id, username: azureuser}

        """
    static let team = """
        version: 1
        hosts:
          far: {name: bas-far, resourceGroup: rg-far, subscription: 22222222-2222-2222-2222-222222222222}
        profiles:
          dev:
            host: far
            target: {ip: 10.0.0.9}
          win:
            host: far
            target: {vm: vm-win, resourceGroup: rg-win}
            auth: {type: password, username: me}
            client: xfreerdp
            rdp: {clipboard: true}

        """
}
