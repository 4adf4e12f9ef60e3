extension ProfileBuilder {
    func sshSettings() -> SSHSettings {
        let map = settings.map("ssh")
        var ssh = SSHSettings()
        ssh.forwards = map.texts("forwards")
        ssh.remoteForwards = map.texts("remoteForwards")
        ssh.socks = map.text("socks")
        ssh.jump = map.text("jump")
        ssh.hostKeys = map.texts("hostKeys").map { key in
            key.split(separator: " ").prefix(2).joined(separator: " ")
        }
        for option in map.map("options").entries {
            let values = option.setting.list ?? [option.setting]
            ssh.options += values.compactMap(\.text).map { SSHSettings.Option(name: option.key, value: $0) }
        }
        ssh.command = map.text("command")
        ssh.tty = map.boolean("tty")
        return ssh
    }

    func rdpSettings() -> RDPSettings {
        let map = settings.map("rdp")
        var rdp = RDPSettings()
        rdp.size = map.text("size")
        rdp.fullScreen = map.boolean("fullScreen")
        rdp.dynamicResolution = map.boolean("dynamicResolution") ?? rdp.dynamicResolution
        rdp.multimon = map.boolean("multimon")
        rdp.keyboard = map.text("keyboard")
        rdp.performance = map.text("performance")
        rdp.gateway = map.boolean("gateway") ?? rdp.gateway
        rdp.computerName = map.text("computerName")
        rdp.certificate = map.text("certificate").flatMap(ScalarKind.fingerprint)
        rdp.clipboard = map.boolean("clipboard") ?? rdp.clipboard
        rdp.sound = map.boolean("sound") ?? rdp.sound
        rdp.microphone = map.boolean("microphone") ?? rdp.microphone
        rdp.drives = map.map("drives").entries.compactMap { entry in
            entry.setting.text.map { RDPSettings.Drive(name: entry.key, path: $0) }
        }
        return rdp
    }

    func tunnelSettings() -> TunnelSettings {
        let map = settings.map("tunnel")
        var tunnel = TunnelSettings()
        tunnel.messageSize = map.integer("messageSize")
        tunnel.spare = map.integer("spare") ?? tunnel.spare
        tunnel.drain = map.duration("drain") ?? tunnel.drain
        tunnel.connectTimeout = map.duration("connectTimeout") ?? tunnel.connectTimeout
        tunnel.stallTimeout = map.duration("stallTimeout") ?? tunnel.stallTimeout
        tunnel.ping = settings.map("keepalive").duration("ping").map { max($0, .seconds(1)) }
        return tunnel
    }
}
