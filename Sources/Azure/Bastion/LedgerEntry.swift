internal import FoundationEssentials

/// A session that must be deleted, with all that deleting it takes.
package struct LedgerEntry: Hashable, Sendable, Codable {
    /// `name[:port]` of the data plane.
    package var endpoint: String
    /// The domain that the endpoint must lie under, as the cloud said when the session was opened.
    package var suffix: String
    package var authToken: String
    package var nodeID: String
    package var caFile: String?
    /// When the session was opened, in seconds since 1970.
    package var openedAt: Int

    package init(_ token: TunnelToken, at endpoint: BastionEndpoint, caFile: String?, openedAt: Int) {
        self.endpoint = endpoint.authority
        suffix = endpoint.suffix
        authToken = token.authToken
        nodeID = token.nodeID
        self.caFile = caFile
        self.openedAt = openedAt
    }
}

/// A line of a ledger file: a session is asked for, is open, or is gone.
struct LedgerLine: Codable {
    var number: Int
    /// When it was asked for, in seconds since 1970.
    var asked: Int?
    var opened: LedgerEntry?

    /// As a line of JSON; nil if it cannot be written as such. It begins on a line of its own even where the
    /// one before was torn: by a full disk or by its writer's end.
    var bytes: [UInt8]? {
        let end = [UInt8(ascii: "\n")]
        return (try? JSONEncoder().encode(self)).map { end + Array($0) + end }
    }
}

/// What the lines of a ledger file leave to be done.
struct LedgerRemains {
    var open: [Int: LedgerEntry] = [:]
    /// Sessions that were asked for, and nothing more is known.
    var unanswered: Set<Int> = []

    /// Lines that cannot be read are skipped: the last one may be torn, and others damaged. A power cut leaves zeroes
    /// where data had not reached the disk: they part lines, too.
    init(_ content: [UInt8]) {
        let decoder = JSONDecoder()
        for text in content.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == 0 }) {
            guard let line = try? decoder.decode(LedgerLine.self, from: Data(text)) else { continue }
            open[line.number] = line.opened
            if line.asked != nil { unanswered.insert(line.number) } else { unanswered.remove(line.number) }
        }
    }
}
