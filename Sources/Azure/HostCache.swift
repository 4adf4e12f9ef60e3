internal import Cryptography
internal import FoundationEssentials
internal import Glibc
package import Posix

/// What Resource Manager said about bastion hosts, kept between runs: a file each, the newest ones only.
package struct HostCache: Sendable {
    /// A record and when it was read, in seconds since 1970.
    package struct Entry: Hashable, Sendable, Codable {
        package var record: BastionHostRecord
        package var fetchedAt: Int
    }

    private let path: String
    private let limit: Int

    /// - Parameters:
    ///   - cacheFolder: such as `$XDG_CACHE_HOME/bastion-up`.
    ///   - limit: how many hosts are kept.
    package init(cacheFolder: String, limit: Int = 200) {
        path = cacheFolder + "/hosts"
        self.limit = limit
    }

    private func name(_ id: String) -> String { Hex.encode(Digest.sha256(id.lowercased().utf8)) + ".json" }

    /// - Parameter id: a resource ID, in any case.
    /// - Returns: nil also for a file that is damaged or is about another host.
    package func entry(for id: String) -> Entry? {
        guard let folder = try? PrivateFolder(existing: path),
            let file = try? FileReader.read(folder.path(of: name(id)), limit: 65_536, followsLinks: false),
            let entry = try? JSONDecoder().decode(Entry.self, from: Data(file.bytes)),
            entry.record.id.lowercased() == id.lowercased()
        else { return nil }
        return entry
    }

    /// Keeps a record under the ID that was asked for.
    /// - Throws: also for a folder that others can look into: it is never repaired.
    package func keep(_ record: BastionHostRecord, for id: String, at now: Int) throws(FileError) {
        var record = record
        record.id = id
        guard let data = try? JSONEncoder().encode(Entry(record: record, fetchedAt: now)) else { return }
        let folder = try PrivateFolder(making: path)
        try AtomicFile.write(Array(data), to: folder.path(of: name(id)))
        dropOldest(in: folder)
    }

    /// Forgets a host whose data plane turned out to be elsewhere.
    package func forget(_ id: String) {
        guard let folder = try? PrivateFolder(existing: path) else { return }
        unlink(folder.path(of: name(id)))
    }

    private func dropOldest(in folder: PrivateFolder) {
        let all = try? FolderListing.names(in: folder.path)
        guard let names = all?.filter({ $0.hasSuffix(".json") }), names.count > limit else { return }
        let ages = names.map { name in
            var status = stat()
            let isThere = lstat(folder.path(of: name), &status) == 0
            return (name: name, seconds: isThere ? status.st_mtim.tv_sec : 0, part: status.st_mtim.tv_nsec)
        }
        let oldestFirst = ages.sorted { ($0.seconds, $0.part, $0.name) < ($1.seconds, $1.part, $1.name) }
        for old in oldestFirst.prefix(names.count - limit) { unlink(folder.path(of: old.name)) }
    }
}
