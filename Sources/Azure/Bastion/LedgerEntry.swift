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

/// A line of a ledger file: a session was opened, or is gone.
struct LedgerLine: Codable {
    var number: Int
    var opened: LedgerEntry?

    /// As a line of JSON; nil if it cannot be written as such. It begins on a line of its own even where the
    /// one before was torn: by a full disk or by its writer's end.
    var bytes: [UInt8]? {
        let end = [UInt8(ascii: "\n")]
        return (try? JSONEncoder().encode(self)).map { end + Array($0) + end }
    }

    /// The sessions that were opened and not closed. Lines that cannot be read are skipped: the last one may
    /// be torn, and others damaged.
    static func live(in content: [UInt8]) -> [Int: LedgerEntry] {
        var live: [Int: LedgerEntry] = [:]
        for text in content.split(separator: UInt8(ascii: "\n")) {
            guard let line = try? JSONDecoder().decode(LedgerLine.self, from: Data(text)) else { continue }
            live[line.number] = line.opened
        }
        return live
    }
}
