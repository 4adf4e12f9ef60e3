package import Profiles

/// The key of everything that is kept for each target: host keys, secrets.
///
/// A resource and a port; for an address, which means nothing outside its network, the bastion host, the
/// address and the port. Never a name or a local port, so two machines of one name never mix.
package struct TargetKey: Hashable, Sendable {
    /// Lower case. Stable: keyring items and host keys of earlier runs are found by it.
    package let text: String

    package init(_ target: Target, port: UInt16, through host: BastionHost) {
        switch target {
        case .resource(let id): text = "\(id.canonical):\(port)"
        case .address(let address):
            let shown = address.contains(":") ? "[\(address.lowercased())]" : address
            text = "\(host.resourceID.canonical)/address/\(shown):\(port)"
        }
    }

    init(text: String) { self.text = text }

    package init(of profile: Profile) {
        self.init(profile.target, port: profile.targetPort, through: profile.host)
    }

    /// The name under which ssh keeps the target's host key: the key, with what a line of known hosts gives a
    /// meaning to (spaces, commas, wildcards, brackets) written as `~` and two hexadecimal digits a byte.
    package var hostKeyAlias: String {
        var alias = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            switch scalar {
            case "a"..."z", "0"..."9", "/", ":", ".", "-", "_", "(", ")": alias.unicodeScalars.append(scalar)
            default: alias += "~" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return alias
    }
}
