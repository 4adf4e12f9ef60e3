/// A path on the target, as scp, sftp and rsync are given it behind the profile's name.
enum RemotePath {
    /// For scp and sftp. `C:/dir` and `C:\dir` become `/C:/dir`: OpenSSH on Windows shows its drives below the
    /// root, and a path without a slash before it is one below the home folder.
    static func forSFTP(_ path: String) -> String { unmistakable(drivePath(path) ?? path) }

    /// For rsync with `--secluded-args`, which shows the path to no shell: `~/` is the folder that it starts in.
    static func forRsync(_ path: String) -> String {
        if path == "~" { return "" }
        guard path.hasPrefix("~/") else { return unmistakable(path) }
        let inHome = path.dropFirst(2).drop { $0 == "/" }
        return unmistakable(String(inHome))
    }

    /// `scp://…` and `rsync://…` are addresses, and two colons ask for an rsync daemon; a path is neither.
    private static func unmistakable(_ path: String) -> String {
        if path.hasPrefix("//") { return "/" + path.drop { $0 == "/" } }
        return path.hasPrefix(":") ? "./" + path : path
    }

    private static func drivePath(_ path: String) -> String? {
        let scalars = Array(path.unicodeScalars.prefix(3))
        guard scalars.count >= 2, scalars[0].properties.isAlphabetic, scalars[0].isASCII, scalars[1] == ":"
        else { return nil }
        guard scalars.count == 2 || scalars[2] == "/" || scalars[2] == "\\" else { return nil }
        let slashed = String(path.map { $0 == "\\" ? "/" : $0 })
        return "/" + slashed + (scalars.count == 2 ? "/" : "")
    }
}

/// A path on this machine, as scp and rsync are given it.
enum LocalPath {
    /// What begins like an option or like the name of a host is written from the folder that it is in.
    static func operand(_ path: String) -> String {
        let first = path.prefix { $0 != "/" }
        return path.hasPrefix("-") || first.contains(":") ? "./" + path : path
    }
}
