package import Azure
internal import Glibc
package import Planning
internal import Posix
package import Profiles

/// Looks at the machine for what planning asks: no network, no program is run.
package struct FactsProbe: Sendable {
    private let surroundings: Surroundings

    package init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    package func facts(for profile: Profile) -> Facts {
        let directories = surroundings.directories
        var facts = Facts(
            ownExecutable: surroundings.ownExecutable, stateFolder: directories.state,
            runtimeFolder: directories.runtime)
        for name in ["ssh"] {
            if let path = executable(name) { facts.executables[name] = Facts.Executable(path: path) }
        }
        facts.unprivilegedPortStart = unprivilegedPortStart
        facts.login = surroundings.user
        facts.isRoot = surroundings.isRoot
        facts.isCloudShell =
            surroundings.environment["ACC_CLOUD"] != nil
            || surroundings.environment["AZUREPS_HOST_ENVIRONMENT"]?.hasPrefix("cloud-shell") == true
        facts.tokenSource = tokenSource
        facts.host = HostCache(cacheFolder: directories.cache).entry(for: profile.entry.host.resourceID.text)
            .map { HostFacts($0.record) }
        return facts
    }

    private var tokenSource: Facts.TokenSource {
        switch surroundings.credential {
        case .complete(let principal): .environment(clientID: principal.clientID)
        case .incomplete(.missing(let names)): .incompleteEnvironment(missing: names)
        case .incomplete(.unsupported), .none: .unknown
        }
    }

    /// The first executable of that name in `PATH`; empty and relative elements do not count.
    package func executable(_ name: String) -> String? {
        (surroundings.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
            .filter { FilePath.isAbsolute(String($0)) }
            .map { FilePath.join(String($0), name) }
            .first { path in
                var status = stat()
                return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
                    && access(path, X_OK) == 0
            }
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
