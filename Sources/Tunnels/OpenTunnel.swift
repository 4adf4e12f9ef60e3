internal import Azure
package import Posix
package import Transport

/// A tunnel whose WebSocket is open: its connection, its session, and what came behind the 101 already.
///
/// Whoever holds it owes `TunnelOpener.release`.
package struct OpenTunnel: @unchecked Sendable {
    // Confined to the loop's thread, on which every task that gets hold of it runs.
    package let tls: TLSConnection
    package let session: OpenSession
    package let firstBytes: [UInt8]
    package let openedAt: Instant
}

/// A Bastion session that must be deleted, and where the ledger has it.
package struct OpenSession: Sendable {
    let token: TunnelToken
    let receipt: SessionLedger.Receipt
}
