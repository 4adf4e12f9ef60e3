internal import Azure
internal import Planning
internal import Posix
internal import Profiles

/// Reads a bastion host from Resource Manager and keeps what it says for the next run.
struct HostReader: Sendable {
    let access: AzureAccess
    let cache: HostCache

    /// Resource Manager answers within a second or two; it is asked again where it is busy.
    private static let time = Duration.seconds(30)

    func read(_ host: BastionHost) async throws(SessionError) -> HostFacts {
        let record: BastionHostRecord
        do {
            record = try await access.resourceManager.bastionHost(
                host.resourceID.text, until: .now.advanced(by: Self.time))
        } catch { throw .azure(error) }
        // A cache that cannot be written costs the next run a request, and nothing else.
        try? cache.keep(record, for: host.resourceID.text, at: UnixTime.now())
        return HostFacts(record)
    }
}
