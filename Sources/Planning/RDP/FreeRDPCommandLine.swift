import Profiles

/// The command line of FreeRDP's clients, release 2 and 3: the one place that knows their arguments.
package struct FreeRDPCommandLine {
    /// How often the client tries by itself, its window open, to get back a connection that was lost: each try is a
    /// new tunnel through the same listener.
    static let ownReconnects = 3
    /// The descriptor that FreeRDP 3 reads its arguments from.
    private static let argumentDescriptor: Int32 = 3

    /// The class of the window of a profile's desktop.
    package static func windowClass(of profile: String) -> String { "bastion-up-\(profile)" }

    let profile: Profile
    let client: FreeRDPClient
    let certificate: CertificateCheck
    /// What follows `--`.
    let extraArguments: [String]

    var command: ClientCommand {
        var command = ClientCommand(
            program: client.path, arguments: words, environment: environment, statusReading: .freeRDP)
        command.secretInput = secretInput
        // Entra sign-in asks for a code on the terminal.
        command.output = isEntra ? .terminal : .kept
        command.hasExtraArguments = !extraArguments.isEmpty
        command.certificate = certificate
        return command
    }

    private var words: [Word] {
        [Word([.text("/v:127.0.0.1:"), .port(.client)])] + signInWords + [certificateWord] + securityWords
            + ["/t:\(profile.name)", "/wm-class:\(Self.windowClass(of: profile.name))"].map { Word($0) }
            + (screenWords + sharingWords + reconnectWords + extraArguments).map { Word($0) }
    }

    private var capabilities: FreeRDPCapabilities { FreeRDPCapabilities(client.version) }
    private var isEntra: Bool { profile.authentication.method == .entra }

    // MARK: signing in

    /// The domain is always given, be it empty: else release 3 asks for one.
    private var signInWords: [Word] {
        if isEntra { return (profile.authentication.username.map { ["/u:\($0)"] } ?? []).map { Word($0) } }
        let prompt: [Word] = capabilities.hasArgumentList ? [] : ["/from-stdin:force"]
        guard let username else { return [Word([.text("/u:"), .username]), "/d:"] + prompt }
        let user = RDPUser(username)
        return [Word("/u:\(user.name)"), Word("/d:\(user.domain)")] + prompt
    }

    /// Nil where it is asked for.
    private var username: String? {
        let authentication = profile.authentication
        let isAsked = authentication.method == .none && authentication.isUsernameSuggested
        return isAsked ? nil : authentication.username
    }

    private var secretInput: ClientCommand.SecretInput? {
        guard !isEntra else { return nil }
        let secret = SecretLabel(
            kind: .password, target: TargetKey(of: profile), username: username ?? "<user>",
            profile: profile.name)
        guard capabilities.hasArgumentList else { return .standardInput(secret) }
        let number = Self.argumentDescriptor
        return .argumentList(secret, number, prefix: "/p:", argument: "/args-from:fd:\(number)")
    }

    // MARK: the target

    /// Exactly this certificate, whatever name stands in it; nobody is asked.
    private var certificateWord: Word {
        guard let pin = certificate.pin.fingerprint else {
            return Word([.text("/cert:deny,fingerprint:sha256:"), .certificate])
        }
        return Word("/cert:deny,fingerprint:sha256:\(pin.bytes)")
    }

    /// Never RDP's own security, which knows no certificate: with it the pin would mean nothing.
    private var securityWords: [Word] {
        guard isEntra else { return [capabilities.hasPartedOptions ? "/sec:rdp:off" : "-sec-rdp"] }
        // A comma would begin another setting, such as the server to sign in at.
        let plain = profile.host.tenant.flatMap { $0.utf8.contains(UInt8(ascii: ",")) ? nil : $0 }
        let tenant = plain.map { ["/azure:tenantid:\($0),use-tenantid:on"] } ?? []
        let name = profile.rdp.computerName.map { ["/server-name:\($0)"] } ?? []
        return (["/sec:aad"] + tenant + name).map { Word($0) }
    }

    /// The client's own files, its store of certificates above all, lie in the session's folder: what the user's own
    /// store has for this port says nothing about this target. And a proxy is for the way to the bastion alone.
    private var environment: [ClientCommand.Variable] {
        [
            ClientCommand.Variable("XDG_CONFIG_HOME", Word([.path(.clientConfiguration, .none)])),
            ClientCommand.Variable("no_proxy", "127.0.0.1"),
        ]
    }

    // MARK: the desktop

    private var screenWords: [String] {
        let rdp = profile.rdp
        var words: [String] = []
        if let size = rdp.size { words.append("/size:\(size)") }
        if rdp.fullScreen ?? (rdp.multimon == true) { words.append("/f") }
        if rdp.multimon == true { words.append("/multimon") }
        if rdp.dynamicResolution { words.append("/dynamic-resolution") }
        if let layout = rdp.keyboard.flatMap(KeyboardLayout.argument) {
            words.append(capabilities.hasPartedOptions ? "/kbd:layout:\(layout)" : "/kbd:\(layout)")
        }
        if let performance = rdp.performance { words.append("/network:\(performance)") }
        return words
    }

    /// FreeRDP shares the clipboard unless told not to.
    private var sharingWords: [String] {
        let rdp = profile.rdp
        return [rdp.clipboard ? "+clipboard" : "-clipboard"] + (rdp.sound ? ["/sound"] : [])
            + (rdp.microphone ? ["/microphone"] : []) + rdp.drives.map { "/drive:\($0.name),\($0.path)" }
    }

    private var reconnectWords: [String] {
        ["+auto-reconnect", "/auto-reconnect-max-retries:\(Self.ownReconnects)"]
    }
}
