package import Diagnostics
package import Profiles

/// What any ssh needs to reach a profile's target by the profile's name, with no session of ours around it.
///
/// A configuration file has it as a `Host` block, an inventory as options.
package struct SSHHostEntry: Hashable, Sendable {
    /// How `proxy` is started.
    package struct Proxy: Hashable, Sendable {
        /// The path of this program, absolute.
        package var program: String
        /// Absolute paths of files and folders, for `--profiles`.
        package var profiles: [String]
        /// Where to start it: for profiles that are found from there alone. Nil for anywhere.
        package var folder: String?

        package init(program: String, profiles: [String] = [], folder: String? = nil) {
            (self.program, self.profiles, self.folder) = (program, profiles, folder)
        }

        /// The words that start this program with a command.
        func words(_ command: [String]) -> [String] {
            let place = folder.map { ["env", "-C", $0] } ?? []
            return place + [program] + profiles.flatMap { ["--profiles", $0] } + command
        }
    }

    /// Who reads the entry.
    package enum Reader: Hashable, Sendable {
        /// ssh, from its configuration, which has entries for the machines to jump through as well.
        case configuration
        /// A program that starts ssh with options.
        case inventory
    }

    /// The keys of a profile's `ssh.hostKeys`, in a file of known hosts that has to be written.
    package struct HostKeysFile: Hashable, Sendable {
        /// Absolute.
        package let path: String
        package let text: String
    }

    /// The profile's name.
    package let name: String
    package let description: String?
    package let tags: [String]
    package let port: UInt16
    package let user: String?
    /// The profile whose entry is jumped through.
    package let jump: String?
    /// How to get there, whom to trust there, how to sign in: the first of each name counts.
    package let options: [SSHOption]
    /// What it opens beside: forwards, and whether a shell gets a terminal.
    package let extras: [SSHOption]
    /// For a shell: what must have ended well before ssh signs in. Nil where nothing must.
    package let preparation: String?
    package let hostKeys: HostKeysFile?
    /// What the profile says that cannot stand here, in words.
    package let remarks: [String]

    /// - Parameter hostKeysFolder: where files of host keys are to be written; absolute.
    /// - Throws: `ssh-config.unwritable` for what ssh would read as something else, `ssh-config.sign-in` for a
    ///   way to sign in that needs a session of ours.
    package init(
        _ profile: Profile, for reader: Reader, facts: Facts, proxy: Proxy, hostKeysFolder: String
    ) throws(Diagnostic) {
        let settings = SSHOptions(profile: profile, facts: facts)
        guard let login = settings.login else {
            throw Diagnostic(
                "ssh-config.sign-in", "profile '\(profile.name)' signs in in a way that ssh alone cannot",
                remedy: "connect with 'bastion-up \(profile.name)'", at: profile.place(of: "auth"),
                exit: .configuration)
        }
        try Self.check(profile)
        name = profile.name
        description = profile.description
        tags = profile.tags
        port = profile.targetPort
        user = profile.authentication.username
        jump = profile.jumps.last?.name
        let way = SSHHostWay(profile: profile, reader: reader, proxy: proxy)
        preparation = way.preparation
        // It stands in double quotes, which know no escape.
        if preparation?.utf8.contains(UInt8(ascii: "\"")) == true {
            throw Self.unwritable("auth.key", profile)
        }
        hostKeys = settings.hostKeys.flatMap { file in
            file.text(filledBy: Word.Filling(folder: "")).map {
                HostKeysFile(path: "\(hostKeysFolder)/\(profile.name)", text: $0)
            }
        }
        let agent = AgentPaths(of: profile, runtimeFolder: facts.runtimeFolder)
        let own = settings.hostKeyCheck + settings.ofProfile + way.login(login) + settings.defaults
        options =
            way.options
            + own.map { option in
                option.placing { file in
                    switch file {
                    case .agentSocket: agent.socket
                    case .publicKey: agent.publicKey
                    default: "\(hostKeysFolder)/\(profile.name)"
                    }
                }
            }
        extras = settings.forwards + (profile.ssh.tty == false ? [SSHOption("RequestTTY", "no")] : [])
        remarks = Self.remarks(profile.ssh)
    }

    /// A command or a terminal for all that ssh is used for would break scp, rsync and git.
    private static func remarks(_ ssh: SSHSettings) -> [String] {
        (ssh.command == nil ? [] : ["ssh.command is left out: with it, scp, rsync and git would fail"])
            + (ssh.tty == true ? ["ssh.tty is left out: a terminal would spoil what is piped"] : [])
    }

    /// What would end a block or a line, or what some releases of ssh expand.
    private static func check(_ profile: Profile) throws(Diagnostic) {
        let sections = ["host", "match", "include"]
        for option in profile.ssh.options where sections.contains(option.name.lowercased()) {
            throw unwritable("ssh.options.\(option.name)", profile)
        }
        let user = profile.authentication.username ?? ""
        let isExpanded =
            user.utf8.contains(UInt8(ascii: "%"))
            || zip(user.utf8, user.utf8.dropFirst()).contains { $0 == (UInt8(ascii: "$"), UInt8(ascii: "{")) }
        if isExpanded { throw unwritable("auth.username", profile) }
        let ssh = profile.ssh
        let texts = [user] + ssh.options.map(\.value) + ssh.forwards + ssh.remoteForwards + [ssh.socks ?? ""]
        if texts.contains(where: { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }) {
            throw unwritable("ssh", profile)
        }
    }

    private static func unwritable(_ keyPath: String, _ profile: Profile) -> Diagnostic {
        Diagnostic(
            "ssh-config.unwritable", "'\(keyPath)' cannot stand in a configuration of ssh",
            remedy: "remove it, or connect with 'bastion-up \(profile.name)'", at: profile.place(of: keyPath),
            exit: .configuration)
    }
}
