/// What a profile says under `ssh`.
package struct SSHSettings: Hashable, Sendable {
    /// `-L`, `-R` and `-D` specifications, literal.
    package var forwards: [String] = []
    package var remoteForwards: [String] = []
    package var socks: String?
    /// The profile to jump through.
    package var jump: String?
    /// The only host keys that the target may show: lines `TYPE BASE64`.
    package var hostKeys: [String] = []
    /// Options in the order of the file; a list in the file becomes repeated entries.
    package var options: [Option] = []
    /// The default remote command; nil means a shell.
    package var command: String?
    package var tty: Bool?

    package struct Option: Hashable, Sendable {
        package var name: String
        package var value: String
        package init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }

    package init() {}
}

/// What a profile says under `rdp`. Sharing is off unless named.
package struct RDPSettings: Hashable, Sendable {
    package var size: String?
    package var fullScreen: Bool?
    package var dynamicResolution = true
    package var multimon: Bool?
    package var keyboard: String?
    package var performance: String?
    package var gateway = false
    package var computerName: String?
    /// `sha256:…`
    package var certificate: String?
    package var clipboard = false
    package var sound = false
    package var microphone = false
    /// Share name and absolute path, in the order of the file.
    package var drives: [Drive] = []

    package struct Drive: Hashable, Sendable {
        package var name: String
        package var path: String
        package init(name: String, path: String) { (self.name, self.path) = (name, path) }
    }

    package init() {}
}

/// Relaunching the client after its tunnel dropped.
package struct ReconnectSettings: Hashable, Sendable {
    /// 0 means never.
    package var attempts = 0
    package var maximumDelay: Duration = .seconds(30)

    package init() {}
}

/// What a profile says under `tunnel` and `keepalive`.
package struct TunnelSettings: Hashable, Sendable {
    /// Payload bytes of one WebSocket message towards the service; nil means the measured default.
    package var messageSize: Int?
    /// Tunnels that lie open for the next connections of a listener: 0 or 1.
    package var spare = 0
    /// How long a connection whose local end has finished may stay silent before it is closed.
    package var drain: Duration = .seconds(30)
    /// How long opening a tunnel may take, from the token request to the upgrade.
    package var connectTimeout: Duration = .seconds(20)
    /// How long the service may acknowledge or take nothing of what waits for it, or stop within a message.
    package var stallTimeout: Duration = .seconds(60)
    /// The interval of WebSocket pings, 1 s at least; nil means none.
    package var ping: Duration?

    package init() {}
}
