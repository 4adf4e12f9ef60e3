internal import Diagnostics
internal import Planning
internal import Posix
internal import ProfileStore
internal import SessionRuntime

/// Words for a host key that ssh did not accept, from the key that was shown and those that were kept.
///
/// ssh says so too, but knows neither the profile nor the way out. Where the two keys do not prove a refusal, nothing
/// is said.
struct HostKeyWords {
    private let check: Plan.HostKeyCheck
    private let file: KnownHostsFile

    init(_ check: Plan.HostKeyCheck, stateFolder: String) {
        self.check = check
        file = KnownHostsFile(FilePath.join(stateFolder, "known_hosts"))
    }

    /// Nil where ssh had no reason to refuse the key.
    func diagnostic(_ shown: ShownHostKey) -> Diagnostic? {
        // A certificate is judged by who signed it, and a plain key may follow it.
        guard !shown.type.contains("-cert-v") else { return nil }
        let fingerprint = KnownHostsFile.fingerprint(shown.bytes)
        return check.keys.isEmpty ? changed(shown.type, fingerprint) : unlisted(shown.type, fingerprint)
    }

    private func unlisted(_ type: String, _ fingerprint: String) -> Diagnostic? {
        let listed = check.keys.compactMap { key in
            key.split(separator: " ").dropFirst().first.flatMap {
                KnownHostsFile.fingerprint(ofBase64: String($0))
            }
        }
        guard !listed.contains(fingerprint) else { return nil }
        return Diagnostic(
            "ssh.host-key-unlisted",
            "profile '\(check.profile)' does not list the host key that was shown: \(type) \(fingerprint); "
                + "listed: \(listed.joined(separator: ", "))",
            remedy: "if the machine was made anew and its key is the right one, change ssh.hostKeys",
            exit: .notPermitted)
    }

    private func changed(_ type: String, _ fingerprint: String) -> Diagnostic? {
        guard let kept = try? file.keys(of: check.alias), !kept.isEmpty else { return nil }
        let isRevoked = kept.contains { $0.marker == "@revoked" && $0.fingerprint == fingerprint }
        let sameType = kept.filter { $0.marker == nil && $0.type == type }.compactMap(\.fingerprint)
        guard isRevoked || !sameType.isEmpty && !sameType.contains(fingerprint) else { return nil }
        return Diagnostic(
            "ssh.host-key-changed",
            "the host key of '\(check.profile)' is not the one of before: \(type) \(fingerprint) was shown, "
                + "\(sameType.joined(separator: ", ")) is kept",
            remedy: "if the machine was made anew: bastion-up known-hosts forget \(check.profile)",
            exit: .notPermitted)
    }
}
