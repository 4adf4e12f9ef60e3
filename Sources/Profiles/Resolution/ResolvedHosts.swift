/// The bastion hosts that a list has come across, so that each is made of its settings once.
///
/// One that something is wrong with is not kept: each profile that names it tells so.
struct ResolvedHosts {
    private struct Host {
        let host: BastionHost
        let gatedRequests: [GatedRequest]
    }

    private var byName: [String: Host] = [:]

    /// What `Resolution.host(for:)` finds, with its requests added to the resolution's.
    mutating func host(for profile: ProfileFile.Entry, in resolution: inout Resolution) -> BastionHost? {
        let name = resolution.settings.text("host")
        if let known = name.flatMap({ byName[$0] }) {
            resolution.add(known.gatedRequests)
            return known.host
        }
        let before = (problems: resolution.problems.count, requests: resolution.gatedRequests.count)
        let host = resolution.host(for: profile)
        if let name, let host, resolution.problems.count == before.problems {
            byName[name] = Host(
                host: host, gatedRequests: Array(resolution.gatedRequests.dropFirst(before.requests)))
        }
        return host
    }
}
