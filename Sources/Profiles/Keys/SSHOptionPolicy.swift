/// Which ssh options a profile may set.
package enum SSHOptionPolicy {
    /// Options that bastion-up sets itself and that nobody may set: they decide where ssh connects to and
    /// whether it checks whom it reached. In the spelling of ssh_config(5).
    package static let reserved = [
        "StrictHostKeyChecking", "UserKnownHostsFile", "GlobalKnownHostsFile", "HostKeyAlias", "ProxyCommand",
        "ProxyJump",
    ]

    /// Options that a file of anybody may set: none of them runs a program, loads code, reads or writes a file,
    /// hands out keys, an agent, a display or the environment, opens a listener, or weakens a check or a cipher.
    package static let allowedFromAnybody = [
        "AddressFamily", "BatchMode", "ClearAllForwardings", "Compression", "ConnectionAttempts",
        "ConnectTimeout",
        "EscapeChar", "ExitOnForwardFailure", "FingerprintHash", "HashKnownHosts", "IdentitiesOnly", "IPQoS",
        "KbdInteractiveAuthentication", "LogLevel", "NumberOfPasswordPrompts", "PasswordAuthentication",
        "PubkeyAuthentication", "RekeyLimit", "RequestTTY", "ServerAliveCountMax", "ServerAliveInterval",
        "TCPKeepAlive", "VisualHostKey",
    ]

    private static let reservedKeys = Set(reserved.map { $0.lowercased() })
    private static let allowedKeys = Set(allowedFromAnybody.map { $0.lowercased() })

    package static func isReserved(_ option: String) -> Bool { reservedKeys.contains(option.lowercased()) }
    package static func isAllowedFromAnybody(_ option: String) -> Bool {
        allowedKeys.contains(option.lowercased())
    }
}
