import Glibc
import Posix
import Testing

@testable import Azure

@Suite struct HostCacheTests {
    static let record = BastionHostRecord(
        id: "/S/Hub", sku: "Standard", dnsName: "bst.x", enableTunneling: true)

    static func files(_ folder: TemporaryFolder) -> [String] {
        (try? FolderListing.names(in: folder.path + "/hosts")) ?? []
    }

    @Test func `finds a host by its ID in any case`() throws {
        let folder = try TemporaryFolder()
        let cache = HostCache(cacheFolder: folder.path)
        #expect(cache.entry(for: "/s/hub") == nil)
        try cache.keep(Self.record, for: "/S/Hub", at: 7)
        #expect(cache.entry(for: "/s/HUB") == HostCache.Entry(record: Self.record, fetchedAt: 7))
        cache.forget("/s/hub")
        #expect(cache.entry(for: "/S/Hub") == nil)
    }

    @Test(arguments: ["", "{", "null", #"{"record":{"id":"/other"},"fetchedAt":1}"#])
    func `takes a damaged file for none`(_ content: String) throws {
        let folder = try TemporaryFolder()
        let cache = HostCache(cacheFolder: folder.path)
        try cache.keep(Self.record, for: "/s/hub", at: 7)
        let name = try #require(Self.files(folder).first)
        try AtomicFile.write(Array(content.utf8), to: folder.path + "/hosts/" + name)
        #expect(cache.entry(for: "/s/hub") == nil)
    }

    @Test func `keeps the newest only`() throws {
        let folder = try TemporaryFolder()
        let cache = HostCache(cacheFolder: folder.path, limit: 3)
        for number in 1...3 {
            try cache.keep(Self.record, for: "/s/\(number)", at: number)
            // Ages that no clock's resolution can blur.
            for name in Self.files(folder) where cache.entry(for: "/s/\(number)") != nil {
                var status = stat()
                let path = folder.path + "/hosts/" + name
                guard lstat(path, &status) == 0, status.st_mtim.tv_sec > 1_000_000 else { continue }
                let time = timespec(tv_sec: number, tv_nsec: 0)
                #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
            }
        }
        try cache.keep(Self.record, for: "/s/4", at: 4)
        #expect(Self.files(folder).count == 3)
        #expect((1...4).map { cache.entry(for: "/s/\($0)") != nil } == [false, true, true, true])
    }

    @Test func `trusts no folder that others could write to by a link`() throws {
        let folder = try TemporaryFolder()
        #expect(symlink("/tmp", folder.path + "/hosts") == 0)
        let error = #expect(throws: FileError.self) {
            try HostCache(cacheFolder: folder.path).keep(Self.record, for: "/s/hub", at: 7)
        }
        #expect(error == FileError(folder.path + "/hosts", .symbolicLink))
    }

    @Test func `neither reads nor repairs a folder that is open to others`() throws {
        let folder = try TemporaryFolder()
        let cache = HostCache(cacheFolder: folder.path)
        try cache.keep(Self.record, for: "/s/hub", at: 7)
        #expect(chmod(folder.path + "/hosts", 0o755) == 0)
        #expect(cache.entry(for: "/s/hub") == nil)
        let error = #expect(throws: FileError.self) { try cache.keep(Self.record, for: "/s/hub", at: 8) }
        #expect(error == FileError(folder.path + "/hosts", .openToOthers(0o755)))
    }
}
