internal import Profiles

/// Reads an .rdp file: one draft.
struct RDPFileReader {
    /// Of several lines of a name the last counts.
    private var lines: [String: RDPLine] = [:]
    private var used: Set<String> = []

    static func read(_ text: ForeignText, into run: inout ImportRun) {
        var reader = RDPFileReader()
        for line in text.lines.compactMap(RDPLine.init) { reader.lines[line.name] = line }
        guard !reader.lines.isEmpty else { return }
        reader.read(&run)
    }

    private mutating func take(_ name: String) -> RDPLine? {
        used.insert(name)
        return lines[name].flatMap { $0.value.isEmpty ? nil : $0 }
    }

    private mutating func read(_ run: inout ImportRun) {
        let alternate = take("alternate full address")
        let address = take("full address") ?? alternate
        let fileName = run.request.file.split(separator: "/").last.map(String.init) ?? ""
        let base = fileName.lowercased().hasSuffix(".rdp") ? String(fileName.dropLast(4)) : ""
        let (host, port) = RDPSignIn.split(address?.value ?? "")
        let id = ResourceID(address?.value ?? "")
        run.begin(base.isEmpty || base == "-" ? id?.name ?? host : base, suffix: "rdp")
        run.setRequestedHost(line: 1)
        if let id {
            run.set("target.resourceId", id.text, from: "full address", line: address?.number ?? 1)
        } else if let address {
            run.setTarget(address: host, line: address.number)
        } else {
            run.addTargetGap("the file does not say what to connect to", line: 1)
        }
        run.change { $0.set("client", .text("xfreerdp")) }
        let isNear = IPAddress(host)?.isLoopback == true || host == "localhost"
        setPort(port, isNear: isNear, address?.number ?? 1, &run)
        setSignIn(id?.name ?? host, &run)
        setScreen(&run)
        setSharing(&run)
        setPerformance(&run)
        noteGateway(&run)
        noteRest(&run)
        run.finish()
    }

    private mutating func setPort(_ port: String?, isNear: Bool, _ place: Int, _ run: inout ImportRun) {
        let line = take("server port")
        guard !isNear else { return }
        if let port {
            run.setPort(port, unless: 3389, from: "full address", line: place)
        } else if let line {
            run.setPort(line.value, unless: 3389, from: line.name, line: line.number)
        }
    }

    private mutating func setSignIn(_ computer: String, _ run: inout ImportRun) {
        let user = take("username")
        let domain = take("domain")
        let entra = [take("enablerdsaadauth"), take("targetisaadjoined")].contains { $0?.isOn == true }
        RDPSignIn.set(
            username: user?.value ?? "", domain: domain?.value ?? "", isEntra: entra, from: "username",
            line: user?.number ?? 1, &run)
        if entra, IPAddress(computer) == nil {
            run.set("rdp.computerName", computer, from: "full address", line: 1)
        }
    }

    private mutating func setScreen(_ run: inout ImportRun) {
        let mode = take("screen mode id")
        let (width, height) = (take("desktopwidth"), take("desktopheight"))
        if mode?.value == "2" {
            run.set("rdp.fullScreen", true)
        } else if let width, let height {
            run.set("rdp.size", "\(width.value)x\(height.value)", from: width.name, line: width.number)
        }
        if take("use multimon")?.isOn == true { run.set("rdp.multimon", true) }
        if let dynamic = take("dynamic resolution"), !dynamic.isOn { run.set("rdp.dynamicResolution", false) }
    }

    private mutating func setSharing(_ run: inout ImportRun) {
        if take("redirectclipboard")?.isOn == true { run.set("rdp.clipboard", true) }
        if take("audiomode")?.value == "0" { run.set("rdp.sound", true) }
        if take("audiocapturemode")?.isOn == true { run.set("rdp.microphone", true) }
        for name in ["drivestoredirect", "redirectdrives"] {
            guard let line = take(name), line.value != "0" else { continue }
            run.notes.leaveOut(
                "'\(name)'", because: "drives of Windows mean nothing here",
                remedy: "name folders of this machine under rdp.drives", line: line.number)
        }
        let devices = [
            "redirectprinters", "redirectsmartcards", "redirectcomports", "redirectposdevices",
            "redirectwebauthn", "redirectlocation",
        ]
        for name in devices {
            guard let line = take(name), line.isOn else { continue }
            run.notes.leaveOut("'\(name)'", because: "profiles have nothing like it", line: line.number)
        }
    }

    private mutating func setPerformance(_ run: inout ImportRun) {
        guard let type = take("connection type") else { return }
        let word = ["1": "modem", "2": "wan", "3": "wan", "4": "wan", "5": "wan", "6": "lan", "7": "auto"]
        if let word = word[type.value] { run.change { $0.set("rdp.performance", .text(word)) } }
    }

    private mutating func noteGateway(_ run: inout ImportRun) {
        guard let gateway = take("gatewayhostname"), take("gatewayusagemethod")?.value != "0" else { return }
        let isBastion = gateway.value.lowercased().contains("bastion")
        run.notes.leaveOut(
            "'gatewayhostname'",
            because: isBastion
                ? "the way through this bastion host is a tunnel"
                : "the bastion host takes the place of a gateway", line: gateway.number)
    }

    private func noteRest(_ run: inout ImportRun) {
        let rest = lines.values.filter { !used.contains($0.name) }.sorted { $0.number < $1.number }
        var names: [String] = []
        for line in rest where !line.value.isEmpty {
            if line.name.contains("password") || line.name.contains("token") || KeyTree.isSecret(line.name) {
                guard !line.name.hasPrefix("prompt"), !line.name.hasPrefix("disable") else { continue }
                run.notes.leaveOutSecret(line.name, profile: run.draft.name, line: line.number)
            } else if !Self.harmless.contains(line.name), line.value != "0" {
                names.append(line.name)
            }
        }
        guard let first = rest.first(where: { $0.name == names.first }) else { return }
        let more = names.count > 12 ? " and \(names.count - 12) more" : ""
        let list = names.prefix(12).map { "'\($0.prefix(40))'" }.joined(separator: ", ")
        run.notes.leaveOut("\(list)\(more)", because: "profiles have nothing like it", line: first.number)
    }

    /// They say how a picture is sent, how a window looks, or what is so anyway; leaving them out changes no session.
    private static let harmless: Set<String> = [
        "session bpp", "winposstr", "compression", "keyboardhook", "videoplaybackmode", "networkautodetect",
        "bandwidthautodetect", "displayconnectionbar", "disable wallpaper", "allow font smoothing",
        "allow desktop composition", "disable full window drag", "disable menu anims", "disable themes",
        "disable cursor setting", "bitmapcachepersistenable", "bitmapcachesize", "autoreconnection enabled",
        "authentication level", "prompt for credentials", "promptcredentialonce", "negotiate security layer",
        "gatewaycredentialssource", "gatewayprofileusagemethod", "gatewayusagemethod", "gatewaybrokeringtype",
        "enablecredsspsupport", "smart sizing", "selectedmonitors", "maximizetocurrentdisplays",
        "singlemoninwindowedmode", "enableworkspacereconnect", "use redirection server name", "rdgiskdcproxy",
        "kdcproxyname", "connect to console", "administrative session", "pinconnectionbar", "span monitors",
        "enablesuperpan", "desktopscalefactor", "audioqualitymode", "encode redirected video capture",
        "redirected video capture encoding quality", "disableconnectionsharing", "signscope", "signature",
        "redirectdirectx", "prompt for credentials on client", "domain",
    ]
}
