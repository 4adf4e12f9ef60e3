internal import Glibc
internal import Planning
internal import Posix

/// What FreeRDP clients said of their release, kept between runs: `clients` in the cache folder, a line
/// `SIZE MTIME VERSION PATH` each. A program that was replaced since is not known any more.
struct ClientVersions {
    private let path: String
    private let directories: Directories

    private static let limit = 50

    init(_ directories: Directories) {
        self.directories = directories
        path = FilePath.join(directories.cache, "clients")
    }

    /// - Parameter program: absolute.
    func version(of program: String) -> FreeRDPVersion? {
        guard let stamp = Self.stamp(program), let entry = entries().last(where: { $0.program == program }),
            entry.stamp == stamp
        else { return nil }
        return entry.version
    }

    /// A cache that cannot be written costs a question in the next run, no more.
    func keep(_ version: FreeRDPVersion, for program: String) {
        guard let stamp = Self.stamp(program), !program.contains("\n") else { return }
        let others = entries().filter { $0.program != program }.suffix(Self.limit - 1)
        let all = others + [Entry(stamp: stamp, version: version, program: program)]
        let text = all.map { "\($0.stamp) \($0.version.major).\($0.version.minor) \($0.program)\n" }.joined()
        guard let folder = try? directories.cacheFolder() else { return }
        try? AtomicFile.write(Array(text.utf8), to: folder.path(of: "clients"))
    }

    private struct Entry {
        /// Size and time, as one text with a space in it.
        var stamp: String
        var version: FreeRDPVersion
        var program: String
    }

    private func entries() -> [Entry] {
        guard let contents = try? FileReader.read(path, limit: 65_536, followsLinks: false) else { return [] }
        return String(decoding: contents.bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 3)
            guard fields.count == 4, let version = FreeRDPVersion("FreeRDP version \(fields[2])") else {
                return nil
            }
            return Entry(
                stamp: "\(fields[0]) \(fields[1])", version: version, program: String(fields[3]))
        }
    }

    private static func stamp(_ program: String) -> String? {
        var status = stat()
        guard stat(program, &status) == 0 else { return nil }
        return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}
