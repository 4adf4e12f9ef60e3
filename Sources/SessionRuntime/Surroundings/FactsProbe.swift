package import Azure
internal import Glibc
package import Planning
internal import Posix
internal import ProfileStore
package import Profiles

/// Looks at the machine for what planning asks: no network, no program is run.
package struct FactsProbe: Sendable {
    private let surroundings: Surroundings

    package init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// - Parameter preferred: the programs that `config.yaml` names, by the client's word in a profile.
    package func facts(for profile: Profile, preferring preferred: [String: String] = [:]) -> Facts {
        let directories = surroundings.directories
        var facts = Facts(
            ownExecutable: surroundings.ownExecutable, stateFolder: directories.state,
            runtimeFolder: directories.runtime)
        for name in Self.programs + ownProgram(of: profile) {
            if let path = executable(name) { facts.executables[name] = Facts.Executable(path: path) }
        }
        if profile.client == .xfreerdp { addDesktopFacts(to: &facts, profile, preferred["xfreerdp"]) }
        facts.unprivilegedPortStart = unprivilegedPortStart
        facts.login = surroundings.user
        facts.isRoot = surroundings.isRoot
        facts.isCloudShell =
            surroundings.environment["ACC_CLOUD"] != nil
            || surroundings.environment["AZUREPS_HOST_ENVIRONMENT"]?.hasPrefix("cloud-shell") == true
        facts.tokenSource = tokenSource
        facts.hasTerminalOutput = surroundings.hasTerminalOutput
        facts.hasScriptedInput = surroundings.hasScriptedInput
        if profile.client == .putty { facts.hostKeys = hostKeys(of: profile) }
        if !(surroundings.environment["DISPLAY"] ?? "").isEmpty { facts.displays.insert(.x11) }
        if !(surroundings.environment["WAYLAND_DISPLAY"] ?? "").isEmpty { facts.displays.insert(.wayland) }
        facts.host = HostCache(cacheFolder: directories.cache).entry(for: profile.entry.host.resourceID.text)
            .map { HostFacts($0.record) }
        return facts
    }

    /// Fingerprints (`SHA256:…`) of the host keys that the profile's target may show: those that it names, else
    /// those that are pinned.
    package func hostKeys(of profile: Profile) -> [String] {
        let named = profile.ssh.hostKeys.compactMap { KnownHostsFile.fingerprint(ofKey: $0) }
        guard profile.ssh.hostKeys.isEmpty else { return named }
        let pinned = KnownHostsFile(FilePath.join(surroundings.directories.state, "known_hosts"))
        let keys = (try? pinned.keys(of: TargetKey(of: profile).hostKeyAlias)) ?? []
        return keys.filter { $0.marker == nil }.compactMap(\.fingerprint)
    }

    private static let programs = ["ssh", "scp", "sftp", "rsync", "putty", "plink"]

    private func ownProgram(of profile: Profile) -> [String] {
        if case .command(let words) = profile.client { Array(words.prefix(1)) } else { [] }
    }

    private func addDesktopFacts(to facts: inout Facts, _ profile: Profile, _ preferred: String?) {
        if let preferred { facts.preferredPrograms["xfreerdp"] = preferred }
        let versions = ClientVersions(surroundings.directories)
        for name in FreeRDPClient.names + [preferred].compactMap(\.self) {
            guard let path = executable(name) else { continue }
            facts.executables[name] = Facts.Executable(path: path, version: versions.version(of: path)?.text)
        }
        facts.missingFolders = Set(
            profile.rdp.drives.map(\.path).filter { (try? FileFacts(of: $0).kind) != .folder })
        let pins = CertificatePins(surroundings.directories)
        facts.pinnedCertificate = try? pins.pin(of: TargetKey(of: profile).hostKeyAlias)?.fingerprint
    }

    private var tokenSource: Facts.TokenSource {
        switch surroundings.credential {
        case .complete(let principal): .environment(clientID: principal.clientID)
        case .incomplete(.missing(let names)): .incompleteEnvironment(missing: names)
        case .incomplete(.unsupported), .none: .unknown
        }
    }

    /// The path itself, or the first executable of that name in `PATH`; empty and relative elements do not count.
    package func executable(_ name: String) -> String? {
        if FilePath.isAbsolute(name) { return Self.isExecutable(name) ? name : nil }
        guard !name.isEmpty, !name.contains("/") else { return nil }
        return (surroundings.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
            .filter { FilePath.isAbsolute(String($0)) }
            .map { FilePath.join(String($0), name) }
            .first(where: Self.isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private var unprivilegedPortStart: UInt16 {
        let file = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
        guard let contents = try? FileReader.read(file, limit: 64) else { return 1024 }
        return UInt16(String(decoding: contents.bytes.filter { $0 > 0x20 }, as: UTF8.self)) ?? 1024
    }
}

extension HostFacts {
    package init(_ record: BastionHostRecord) {
        self.init(
            sku: record.sku ?? "", endpoint: record.dnsName ?? "",
            enableTunneling: record.enableTunneling ?? false,
            enableIPConnect: record.enableIpConnect ?? false,
            provisioningState: record.provisioningState)
    }
}
