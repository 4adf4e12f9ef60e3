/// The program that is launched over the tunnel.
package enum Client: Hashable, Sendable {
    case ssh
    case xfreerdp
    case putty
    /// Tunnels alone.
    case none
    /// The user's own program: an argument vector with `{host}`, `{port}` and `{user}`; never a shell line.
    case command([String])

    /// The word that `client` has in a profile.
    package var name: String {
        switch self {
        case .ssh: "ssh"
        case .xfreerdp: "xfreerdp"
        case .putty: "putty"
        case .none: "none"
        case .command(let words): words.first ?? "command"
        }
    }
}
