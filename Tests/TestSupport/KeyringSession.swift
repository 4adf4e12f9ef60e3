/// A private bus with a real gnome-keyring. Ended when the test lets go of it.
package final class KeyringSession {
    private let session: RunningCommand
    /// For `DBUS_SESSION_BUS_ADDRESS`.
    package let address: String

    private static let script: String = {
        let folders = #filePath.split(separator: "/").dropLast(2)
        return "/" + folders.joined(separator: "/") + "/keyring-session"
    }()

    /// - Parameter mode: `unlocked`, `locked`, `empty` or `none`.
    package init(_ mode: String, in home: TemporaryHome) throws {
        session = try RunningCommand(
            Self.script, [mode, home.path("keyring")], environment: home.environment, input: nil)
        try session.wait { $0.split(separator: "\n").count >= 2 }
        address = session.output.split(separator: "\n").first.map(String.init) ?? ""
    }

    /// The script ends the bus and the keyring when its input ends; that is waited for.
    deinit {
        session.closeInput()
        _ = try? session.finish(within: .seconds(10))
    }
}
