import Glibc
import Posix
import Testing

/// A private D-Bus session with a real keyring, for the one process that starts it: libsecret keeps its
/// connection for as long as the process lives, so each state of the keyring is tested in a process of its own.
final class KeyringSession {
    let folder: String
    let keyring: pid_t
    private let script: pid_t
    private let input: FileDescriptor

    private static let scriptPath =
        #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/keyring-session"

    /// - Parameters:
    ///   - folder: an earlier session's, to find its secrets again.
    ///   - keepsFolder: leaves the folder to a later session.
    init(_ mode: String, folder: String? = nil, keepsFolder: Bool = false) throws {
        var template = Array("/tmp/keyring-session.XXXXXX".utf8CString)
        self.folder = try folder ?? String(cString: #require(mkdtemp(&template)))
        let (childInput, input) = try FileDescriptor.pipe()
        let (output, childOutput) = try FileDescriptor.pipe()
        self.input = input
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childInput.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, childOutput.rawValue, 1)
        let arguments: [String] = [Self.scriptPath, mode, self.folder, keepsFolder ? "keep" : "discard"]
        let words = arguments.map { strdup($0) } + [nil]
        let surroundings = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { for word in words + surroundings { free(word) } }
        var child: pid_t = 0
        try #require(posix_spawn(&child, Self.scriptPath, &actions, nil, words, surroundings) == 0)
        script = child
        childOutput.close()
        childInput.close()
        let lines = try Self.readLines(2, from: output)
        keyring = try #require(pid_t(lines[1]))
        setenv("DBUS_SESSION_BUS_ADDRESS", lines[0], 1)
        for name in ["DISPLAY", "WAYLAND_DISPLAY"] { unsetenv(name) }
    }

    private static func readLines(_ count: Int, from output: FileDescriptor) throws -> [String] {
        var text: [UInt8] = []
        while text.count(where: { $0 == 10 }) < count {
            var space = [UInt8](repeating: 0, count: 512)
            guard case .done(let size) = try space.withUnsafeMutableBytes({ try output.read(into: $0) })
            else {
                break
            }
            text += space.prefix(size)
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        return try #require(lines.count == count ? lines : nil)
    }

    /// What a secret service sees as its environment.
    var environment: [String: String] {
        ["DBUS_SESSION_BUS_ADDRESS": getenv("DBUS_SESSION_BUS_ADDRESS").map { String(cString: $0) } ?? ""]
    }

    func stop() {
        input.close()
        var status: Int32 = 0
        waitpid(script, &status, 0)
    }
}
