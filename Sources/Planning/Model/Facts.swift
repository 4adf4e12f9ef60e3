package import Profiles

/// What the machine offers, gathered elsewhere: all that a plan depends on beside the profile.
package struct Facts: Hashable, Sendable {
    /// A client program that was found on the search path.
    package struct Executable: Hashable, Sendable {
        /// Absolute.
        package var path: String
        /// As the program prints it, for example `OpenSSH_9.2p1`; nil where nobody asked.
        package var version: String?

        package init(path: String, version: String? = nil) { (self.path, self.version) = (path, version) }
    }

    /// The credential that a token will come from, as far as it is known without a network.
    package enum TokenSource: Hashable, Sendable {
        case unknown
        /// A complete service principal in the environment.
        case environment(clientID: String)
        /// Some of the variables of a service principal are set; these are not.
        case incompleteEnvironment(missing: [String])
        /// An own sign-in.
        case signedIn(account: String)
    }

    /// What a client could draw on.
    package enum Display: Hashable, Sendable { case x11, wayland }

    /// The path of this very program, absolute: ssh runs it as its proxy command and as its askpass helper.
    package var ownExecutable: String
    /// Client programs by their plain name (`ssh`), those that `config.yaml` or the profile names by what stands
    /// there.
    package var executables: [String: Executable] = [:]
    /// What `config.yaml` names as the program of a client, by the client's word in a profile.
    package var preferredPrograms: [String: String] = [:]
    package var displays: Set<Display> = []
    /// The folders of the profile that do not exist.
    package var missingFolders: Set<String> = []
    /// The certificate that the target showed at its first connection; nil where there was none.
    package var pinnedCertificate: CertificateFingerprint?
    /// Where pinned host keys are kept, absolute.
    package var stateFolder: String
    /// The private folder below which each session makes its own, absolute.
    package var runtimeFolder: String
    /// The first port that a process without privilege may bind (`net.ipv4.ip_unprivileged_port_start`).
    package var unprivilegedPortStart: UInt16 = 1024
    /// The local login name, whose key files those of a profile are.
    package var login = ""
    /// Whether a person can be asked while a client runs.
    package var mayAsk = false
    /// Whether the effective user is root.
    package var isRoot = false
    package var isCloudShell = false
    /// The bastion host as it was last read; nil where the cache has nothing.
    package var host: HostFacts?
    package var tokenSource = TokenSource.unknown
    /// Whether standard output is a terminal.
    package var hasTerminalOutput = false
    /// Whether standard input holds something to be read once: neither a terminal nor nothing at all.
    package var hasScriptedInput = false
    /// Fingerprints (`SHA256:…`) of the host keys that the target may show: those of the profile, else those
    /// that are pinned. Looked for where the client does not read them by itself.
    package var hostKeys: [String] = []

    package init(ownExecutable: String, stateFolder: String, runtimeFolder: String) {
        self.ownExecutable = ownExecutable
        self.stateFolder = stateFolder
        self.runtimeFolder = runtimeFolder
    }

    /// The file of pinned host keys, in OpenSSH's format.
    package var knownHostsFile: String { stateFolder + "/known_hosts" }
}
