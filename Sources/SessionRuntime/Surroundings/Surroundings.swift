package import Azure
internal import Glibc
package import Keyring
package import Posix

/// What the process was given by its user and its machine: read once, at the start, and handed down.
package struct Surroundings: Sendable {
    /// The environment without `AZURE_CLIENT_SECRET`, which is in `credential`.
    package let environment: [String: String]
    package let credential: EnvironmentCredential
    package let directories: Directories
    /// The local login name.
    package let user: String
    package let workingFolder: String
    /// The absolute path of this program.
    package let ownExecutable: String
    package let hasTerminalInput: Bool
    package let hasTerminalOutput: Bool
    package let hasTerminalError: Bool
    /// Whether standard input is something to be read once: neither a terminal nor the null device nor closed.
    package let hasScriptedInput: Bool
    package let isRoot: Bool
    package let secrets: any SecretStore

    /// - Parameters:
    ///   - workingFolder: absolute; by default the one that the process works in.
    ///   - secrets: nil means the desktop's keyring.
    package init(
        environment: [String: String], secret: SecretBytes?, workingFolder: String? = nil,
        secrets: (any SecretStore)? = nil
    ) {
        var environment = environment
        environment["AZURE_CLIENT_SECRET"] = nil
        self.environment = environment
        credential = .read(environment, secret: secret)
        directories = Directories(environment: environment)
        user = UserDatabase.loginName ?? environment["USER"] ?? "user"
        self.workingFolder = workingFolder ?? (try? FilePath.current()) ?? "/"
        ownExecutable = (try? FilePath.real("/proc/self/exe")) ?? "bastion-up"
        hasTerminalInput = isatty(0) == 1
        hasTerminalOutput = isatty(1) == 1
        hasTerminalError = isatty(2) == 1
        hasScriptedInput = isatty(0) != 1 && !Self.isNullInput
        isRoot = geteuid() == 0
        self.secrets = secrets ?? SecretService(environment: environment)
    }

    private static var isNullInput: Bool {
        var (input, null) = (stat(), stat())
        guard fstat(0, &input) == 0, stat("/dev/null", &null) == 0 else { return true }
        return input.st_mode & S_IFMT == S_IFCHR && input.st_rdev == null.st_rdev
    }

    /// Reads the process's own environment; the client secret goes into memory that is wiped.
    package static func ofProcess() -> Surroundings {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            entry += 1
            if strncmp(text, "AZURE_CLIENT_SECRET=", 20) == 0 { continue }
            let pair = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { found[String(pair[0])] = String(pair[1]) }
        }
        return Surroundings(environment: found, secret: EnvironmentCredential.secretOfProcess())
    }
}
