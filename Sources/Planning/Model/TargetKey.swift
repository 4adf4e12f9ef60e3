package import Profiles

/// The key of everything that is kept for each target: host keys, secrets.
///
/// A resource and a port; for an address, which means nothing outside its network, the bastion host, the
/// address and the port. Never a name or a local port, so two machines of one name never mix.
package struct TargetKey: Hashable, Sendable {
    /// Lower case, but for the path of a file. Stable: keyring items and host keys of earlier runs are found by it.
    package let text: String

    package init(_ target: Target, port: UInt16, through host: BastionHost) {
        switch target {
        case .resource(let id): self.init(text: "\(id.canonical):\(port)")
        case .address(let address): self.init(address, port: port, seenFrom: host.resourceID.canonical)
        }
    }

    /// A key file, whose passphrase is the same for every target that it opens.
    /// - Parameter path: absolute.
    package init(keyFile path: String) { self.init(text: "key:\(path)") }

    /// Behind a jump it is the machine before that says which machine an address or a name is. So what is kept for
    /// a target counts only for the same way there: else anybody's machine could pass for it, and be given its password.
    package init(of profile: Profile) {
        guard let hop = profile.jumps.last else {
            self.init(profile.target, port: profile.targetPort, through: profile.host)
            return
        }
        let place = TargetKey(of: hop).text
        switch profile.target {
        case .address(let address): self.init(address, port: profile.targetPort, seenFrom: place)
        case .resource(let id): self.init(text: "\(place)/behind\(id.canonical):\(profile.targetPort)")
        }
    }

    private init(_ address: String, port: UInt16, seenFrom place: String) {
        let shown = address.contains(":") ? "[\(address.lowercased())]" : address
        self.init(text: "\(place)/address/\(shown):\(port)")
    }

    init(text: String) { self.text = text }

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
