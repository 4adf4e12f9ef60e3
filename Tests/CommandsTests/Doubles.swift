import Azure
import Diagnostics
import Keyring
import Posix
import Profiles
import SessionRuntime
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Commands

/// A keyring in memory, or one that fails.
final class MemoryStore: SecretStore {
    struct Item: Sendable {
        var label: String
        var attributes: SecretAttributes
        var secret: SecretBytes
    }

    private let content = Mutex<[Item]>([])
    private let failure: KeyringError?

    init(failure: KeyringError? = nil) { self.failure = failure }

    var items: [Item] { content.withLock { $0 } }

    private static func matches(_ item: SecretAttributes, _ wanted: SecretAttributes) -> Bool {
        (wanted.kind == nil || wanted.kind == item.kind)
            && wanted.values.allSatisfy { item.values[$0.key] == $0.value }
    }

    func lookup(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> SecretBytes?
    {
        if let failure { throw failure }
        return items.last { Self.matches($0.attributes, attributes) }?.secret
    }

    func store(
        _ secret: SecretBytes, label: String, _ attributes: SecretAttributes, by deadlines: KeyringDeadlines
    ) async throws(KeyringError) {
        if let failure { throw failure }
        content.withLock { items in
            items.removeAll { $0.attributes == attributes }
            items.append(Item(label: label, attributes: attributes, secret: secret))
        }
    }

    func delete(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> Bool
    {
        if let failure { throw failure }
        return content.withLock { items in
            let count = items.count
            items.removeAll { Self.matches($0.attributes, attributes) }
            return items.count < count
        }
    }

    func search(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> [StoredItem]
    {
        if let failure { throw failure }
        return items.filter { Self.matches($0.attributes, attributes) }
            .map { StoredItem(label: $0.label, attributes: $0.attributes, isLocked: false) }
    }
}

/// Answers every request the same way and counts them.
final class OneAnswer: HTTPSending {
    private let status: Int
    private let body: String
    private let count = Mutex(0)

    init(_ status: Int, _ body: String) { (self.status, self.body) = (status, body) }

    var requests: Int { count.withLock { $0 } }

    func send(_ request: HTTPRequest, to origin: Origin, until deadline: Instant) async throws(HTTPError)
        -> HTTPResponse
    {
        count.withLock { $0 += 1 }
        return HTTPResponse(status, headers: ["Content-Type": "application/json"], body: Array(body.utf8))
    }
}

func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

/// The parsed command line, as the table's parser makes it.
func command(_ words: String...) throws -> any Command {
    guard
        case .run(let specification, let parsed) = try ArgumentParser(table: CommandTable.commands).parse(
            words)
    else { throw Diagnostic("test.no-command", words.joined(separator: " ")) }
    return try specification.make(parsed)
}

/// The diagnostic that the body throws.
func diagnostic(_ body: () throws -> Void) throws -> Diagnostic {
    do { try body() } catch let error as Diagnostic { return error } catch let error as Problems {
        return try #require(error.errors.first)
    }
    throw Diagnostic("test.nothing-thrown", "nothing was thrown")
}

/// Runs an asynchronous body on an event loop of its own.
func onLoop<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    nonisolated(unsafe) var outcome: Result<Value, any Error>?
    _ = try EventLoop.run {
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        return 0
    }
    return try #require(outcome).get()
}
