internal import Diagnostics
internal import Drafts
internal import Profiles
internal import SessionRuntime

/// `rdp-file NAME --tunnel`: an .rdp file for another client over the local port of a tunnel.
struct RDPFileCommand: Command {
    private let name: String
    private let port: UInt16?
    private let destination: String?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        destination = arguments.value("--write")
        guard arguments.has("--tunnel") else {
            throw Diagnostic(
                "rdp-file.not-supported-yet",
                "the file of the bastion host's own RD gateway is not supported yet",
                remedy: "--tunnel makes one for the local port of a tunnel", exit: .configuration)
        }
        port = try arguments.value("--port").map { (text) throws(Diagnostic) in
            guard let port = UInt16(text), port > 0 else {
                throw Diagnostic(
                    "usage.port", "'\(text)' is no port", remedy: "a port is 1 to 65535", exit: .usage)
            }
            return port
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).usable(name).profile
        let remote = Self.desktopPort(of: profile)
        let local = try localPort(profile, remote)
        let file = RemoteDesktopFile(profile, localPort: local)
        for warning in file.warnings { context.note(warning.text) }
        if let destination {
            let output = NewFile(context: context)
            let path = output.absolute(destination)
            try output.write(file.bytes, to: path)
            context.note("wrote \(context.shown(path))")
        } else {
            context.print(file.text)
        }
        context.note("run beside it: bastion-up tunnel \(name) --port \(local):\(remote)")
        return .success
    }

    /// The port that the target's desktop listens on.
    static func desktopPort(of profile: Profile) -> UInt16 {
        profile.client == .xfreerdp || profile.targetPort != 22 && profile.client != .ssh
            ? profile.targetPort : 3389
    }

    /// - Throws: `rdp-file.no-local-port` (64): a free port is chosen when the tunnel opens, so nobody knows it now.
    private func localPort(_ profile: Profile, _ remote: UInt16) throws(Problems) -> UInt16 {
        let mapped = profile.ports.first { $0.remote == remote && $0.local != 0 }
        if let port = port ?? mapped?.local { return port }
        throw Problems(
            Diagnostic(
                "rdp-file.no-local-port",
                "profile '\(name)' maps no local port to port \(remote) of the target",
                remedy: "give --port, or add \"13389:\(remote)\" to 'ports' of the profile",
                at: profile.place(of: "ports"), exit: .usage))
    }
}
