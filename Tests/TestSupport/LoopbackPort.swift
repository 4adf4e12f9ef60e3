internal import Glibc
internal import Posix

/// Ports for servers that cannot choose one themselves, or cannot say which one they chose.
package enum LoopbackPort {
    /// One that nobody listens on now, below the range that the kernel takes ports from by itself.
    package static func free() throws -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 20_000..<32_000)
            if try !hasListener(port) { return port }
        }
        throw RunningCommand.Failure(description: "no free port")
    }

    /// Starts a server on a free port; on another one where that fails, since somebody may have been faster.
    static func serve<Server>(_ start: (UInt16) throws -> Server) throws -> (Server, UInt16) {
        var last: any Error = RunningCommand.Failure(description: "no server")
        for _ in 0..<5 {
            do {
                let port = try free()
                return (try start(port), port)
            } catch { last = error }
        }
        throw last
    }

    /// Whether somebody listens there, by the kernel's tables: a connection would be noticed.
    package static func hasListener(_ port: UInt16) throws -> Bool {
        let digits = String(port, radix: 16, uppercase: true)
        let ending = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        return try ["/proc/net/tcp", "/proc/net/tcp6"].contains { table in
            let text = String(decoding: try FileReader.read(table, limit: 1 << 24).bytes, as: UTF8.self)
            return text.split(separator: "\n").contains { line in
                let fields = line.split(separator: " ", maxSplits: 4)
                let listening: Substring = "0A"
                return fields.count > 3 && fields[1].hasSuffix(ending) && fields[3] == listening
            }
        }
    }
}
