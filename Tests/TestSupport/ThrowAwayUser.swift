internal import Glibc
internal import Posix

/// A user account for one test. Needs root.
package struct ThrowAwayUser: Sendable {
    package let name: String
    package let userID: UInt32
    package let password = "pass-\(String(UInt64.random(in: .min ... .max), radix: 36))"

    /// - Parameter wanted: what the name ends with.
    package init(_ wanted: String? = nil) throws {
        let number = "\(getpid())x\(String(UInt32.random(in: 0...0xFFFFF), radix: 36))"
        name = "bu\(number)" + (wanted ?? "")
        try Self.alone { [name, password] in
            try Tool.run("useradd", ["--badname", "-m", "-s", "/bin/bash", name])
            try Tool.run("chpasswd", [], input: "\(name):\(password)\n")
        }
        let found = UInt32(try Tool.run("id", ["-u", name]).prefix { $0 != "\n" })
        guard let found else { throw RunningCommand.Failure(description: "\(name) has no number") }
        userID = found
    }

    package func remove() {
        // Sessions that a test left open; the account is ours alone.
        _ = try? Tool.run("pkill", ["-KILL", "-u", name])
        try? Self.alone { [name] in _ = try Tool.run("userdel", ["-f", "-r", name]) }
    }

    /// The user database can be changed by one at a time, and useradd does not wait.
    private static func alone(_ body: () throws -> Void) throws {
        let deadline = Instant.now.advanced(by: .seconds(30))
        while Instant.now < deadline {
            if let lock = try FileLock.tryLock("/run/bastion-up-tests.lock") {
                defer { lock.release() }
                return try body()
            }
            usleep(5000)
        }
        throw RunningCommand.Failure(description: "somebody keeps /run/bastion-up-tests.lock")
    }
}
