package import Profiles

/// What the user asked for, beside the profile.
package enum PlanRequest: Hashable, Sendable {
    /// The profile's client over its tunnel, with its ports.
    ///
    /// - Parameters:
    ///   - arguments: what stands after `--`: for ssh the remote command.
    ///   - tty: a terminal was asked for (`-t`).
    case connect(arguments: [String], tty: Bool)
    /// Tunnels alone. Nil means the profile's own ports that go through the bastion, or else any free local
    /// port to the target's.
    case tunnel(ports: [PortMapping]?)
    /// One tunnel on standard input and output. Nil means the target's port.
    case proxy(port: UInt16?)
    /// Files to or from the target.
    case copy(FileCopy, isQuiet: Bool)
    /// sftp, at this path of the target.
    ///
    /// - Parameter arguments: what stands after `--`: options of sftp.
    case sftp(path: String?, arguments: [String], isQuiet: Bool)
    /// The target's host key alone: ssh keeps it as it does at a first connection, and nobody signs in.
    case learnHostKey

    /// Whether OpenSSH is what connects, whatever the profile's client.
    var isByOpenSSH: Bool {
        switch self {
        case .copy, .sftp, .learnHostKey: true
        case .connect, .tunnel, .proxy: false
        }
    }
}
