internal import CLibSecret

/// Why the keyring did not do what was asked.
package enum KeyringError: Error, Hashable, Sendable {
    package enum Absence: Hashable, Sendable {
        /// There is no session bus to be found; none is started.
        case bus
        /// The bus's address is known, but nobody answers there.
        case busUnreachable
        /// The bus has no Secret Service.
        case provider
    }

    case noService(Absence)
    /// The keyring is locked and nobody may be asked, or no prompt can be shown.
    case locked
    /// The person closed the prompt.
    case promptDismissed
    case timedOut
    /// The service has no collection that new items go to.
    case noDefaultCollection
    /// The secret holds a zero byte, which other programs cut it at.
    case unstorable
    /// Anything else: GLib's error domain and code, whose text may be localised and is dropped.
    case failed(domain: String, code: Int32)
}

extension KeyringError {
    /// GIO's codes (gio/gioenums.h): G_IO_ERROR_*.
    private enum IOCode {
        static let cancelled: Int32 = 19
        static let timedOut: Int32 = 24
        static let unreachable: ClosedRange<Int32> = 0...1  // FAILED (autolaunch), NOT_FOUND (no such socket)
        static let refused: Int32 = 39
        static let closed: Int32 = 18
        static let connectionClosed: Int32 = 44
    }

    /// GIO's codes for the errors of org.freedesktop.DBus.Error: G_DBUS_ERROR_*.
    private enum BusCode {
        static let serviceUnknown: Int32 = 2
        static let nameHasNoOwner: Int32 = 3
        static let noReply: Int32 = 4
        static let noServer: Int32 = 11
        static let timeout: Int32 = 12
        static let disconnected: Int32 = 15
        static let unknownMethod: Int32 = 19
        static let timedOut: Int32 = 20
        /// SPAWN_EXEC_FAILED to SPAWN_NO_MEMORY: the bus could not start the service.
        static let spawn: ClosedRange<Int32> = 23...34
    }

    /// libsecret's codes (libsecret/secret-types.h): SECRET_ERROR_*.
    private enum SecretCode {
        static let isLocked: Int32 = 2
        static let noSuchObject: Int32 = 3
    }

    init(domain: UInt32, code: Int32) {
        let name = g_quark_to_string(domain).map { String(cString: $0) } ?? ""
        switch domain {
        case g_io_error_quark(): self = Self.io(code)
        case g_dbus_error_quark(): self = Self.bus(code)
        case secret_error_get_quark() where code == SecretCode.isLocked: self = .locked
        case secret_error_get_quark() where code == SecretCode.noSuchObject: self = .noDefaultCollection
        default: self = .failed(domain: name, code: code)
        }
    }

    private static func io(_ code: Int32) -> KeyringError {
        switch code {
        case IOCode.cancelled, IOCode.timedOut: .timedOut
        case IOCode.unreachable, IOCode.refused, IOCode.closed, IOCode.connectionClosed:
            .noService(.busUnreachable)
        default: .failed(domain: "g-io-error-quark", code: code)
        }
    }

    private static func bus(_ code: Int32) -> KeyringError {
        switch code {
        case BusCode.serviceUnknown, BusCode.nameHasNoOwner, BusCode.spawn: .noService(.provider)
        case BusCode.noServer, BusCode.disconnected: .noService(.busUnreachable)
        case BusCode.noReply, BusCode.timeout, BusCode.timedOut: .timedOut
        case BusCode.unknownMethod: .noDefaultCollection
        default: .failed(domain: "g-dbus-error-quark", code: code)
        }
    }
}
