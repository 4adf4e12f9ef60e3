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
func command(_ words: String...) throws -> any Command { try command(words: words) }

func command(words: [String]) throws -> any Command {
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

func diagnostic(_ body: () async throws -> Void) async throws -> Diagnostic {
    do { try await body() } catch let error as Diagnostic { return error } catch let error as Problems {
        return try #require(error.errors.first)
    }
    throw Diagnostic("test.nothing-thrown", "nothing was thrown")
}
