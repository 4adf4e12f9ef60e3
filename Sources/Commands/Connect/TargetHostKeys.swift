internal import Diagnostics
internal import Planning
internal import Profiles
internal import ProfileStore

/// The host keys that a profile's target may show: those that the profile names, else those that are pinned.
struct TargetHostKeys {
    let profile: Profile
    let knownHosts: KnownHostsFile

    /// `SHA256:…`, each once; none where the first connection is still to come.
    /// - Throws: `known-hosts.unreadable`
    func fingerprints() throws(Diagnostic) -> [String] {
        guard profile.ssh.hostKeys.isEmpty else {
            return profile.ssh.hostKeys.compactMap { KnownHostsFile.fingerprint(ofKey: $0) }
        }
        let keys = try knownHosts.keys(of: TargetKey(of: profile).hostKeyAlias).filter { $0.marker == nil }
        return keys.compactMap(\.fingerprint)
    }
}
