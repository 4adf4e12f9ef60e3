internal import Glibc
internal import Posix

/// An X server without a screen (Xvfb), open only to those who have its cookie. Ended when the test lets go of it.
///
/// There is no window manager: windows stand where they want to, and the keyboard belongs to the one that
/// the pointer is over, at first the middle of the screen.
package final class XDisplay: Sendable {
    /// `:7`, for `DISPLAY`.
    package let name: String
    private let folder: String
    private let server: RunningCommand

    /// nil, or why there can be no display here.
    package static let obstacle = TestEnvironment.obstacle(programs: ["Xvfb", "xdotool"])

    package init(width: Int = 1024, height: Int = 768) throws {
        let folder = try TemporaryFolder.make("bu-screen-")
        self.folder = folder
        do {
            try Self.writeCookie(to: "\(folder)/authority")
            // The number is chosen by the server, printed when it can be connected to.
            let server = try RunningCommand(
                "Xvfb",
                [
                    "-displayfd", "1", "-screen", "0", "\(width)x\(height)x24", "-nolisten", "tcp",
                    "-noreset", "-auth",
                    "\(folder)/authority", "-fbdir", folder,
                ], environment: TestEnvironment.minimal)
            self.server = server
            try server.wait { _ in server.output.hasSuffix("\n") }
            name = ":\(server.output.prefix { $0 != "\n" })"
        } catch {
            TemporaryFolder.remove(folder)
            throw error
        }
    }

    /// Asked to end, so that it removes its socket and its lock.
    deinit {
        server.send(signal: SIGTERM)
        _ = try? server.finish(within: .seconds(5))
        TemporaryFolder.remove(folder)
    }

    /// What a program needs to show itself here.
    package var environment: [String: String] { ["DISPLAY": name, "XAUTHORITY": "\(folder)/authority"] }

    /// What is shown now.
    package func picture() throws -> ScreenPicture {
        try ScreenPicture(windowDump: FileReader.read("\(folder)/Xvfb_screen0", limit: 64 << 20).bytes)
    }

    /// Waits until at least this part of the screen (0...1) has the colour.
    package func wait(for colour: Colour, atLeast share: Double, within limit: Duration = .seconds(20)) throws
    {
        try eventually("a screen with a share of \(share) of \(colour)", within: limit) {
            try picture().share(of: colour) >= share
        }
    }

    /// Types on the keyboard.
    package func type(_ text: String) throws { try tool(["type", "--delay", "5", text]) }

    /// Presses a key, or several together: `Return`, `ctrl+alt+Return`.
    package func press(_ key: String) throws { try tool(["key", key]) }

    private func tool(_ words: [String]) throws {
        try Tool.run("xdotool", words, environment: TestEnvironment.minimal.merging(environment) { $1 })
    }

    /// An entry of the family "wild", since the display's number is not known yet (Xau's format: big-endian
    /// family, then address, number, name and data, each after its 16-bit length).
    private static func writeCookie(to file: String) throws {
        let kind = Array("MIT-MAGIC-COOKIE-1".utf8)
        let cookie = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        let entry =
            [0xFF, 0xFF, 0, 0, 0, 0, 0, UInt8(kind.count)] + kind + [0, UInt8(cookie.count)] + cookie
        try AtomicFile.write(entry, to: file)
    }
}
