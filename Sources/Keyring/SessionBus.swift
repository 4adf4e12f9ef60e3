internal import Glibc

/// What the environment says about the user's D-Bus session.
struct SessionBus {
    let environment: [String: String]

    /// Whether a bus is running as far as can be told without connecting.
    ///
    /// GLib starts a new bus where it finds none (given a display), with a keyring that outlives us and prompts;
    /// so it must never be asked then. The rule is GLib's own: the variable, else a socket of ours at
    /// `$XDG_RUNTIME_DIR/bus`.
    var isPresent: Bool {
        if let address = environment["DBUS_SESSION_BUS_ADDRESS"], !address.isEmpty {
            return !address.split(separator: ";").contains { $0.hasPrefix("autolaunch:") }
        }
        guard let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") else { return false }
        var status = stat()
        return lstat(folder + "/bus", &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
            && status.st_uid == geteuid()
    }

    /// Whether the service could show a window to ask for the keyring's password.
    var canPrompt: Bool {
        ["DISPLAY", "WAYLAND_DISPLAY"].contains { !(environment[$0] ?? "").isEmpty }
    }
}
