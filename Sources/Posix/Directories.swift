/// The folders of this user, by the XDG base directory specification 0.8. Nothing is made or looked at here.
package struct Directories: Hashable, Sendable {
    /// `$HOME`, else the home folder of the user database, else "/".
    package let home: String
    /// `$XDG_CONFIG_HOME/bastion-up`, by default below `~/.config`.
    package let configuration: String
    /// `$XDG_STATE_HOME/bastion-up`, by default below `~/.local/state`.
    package let state: String
    /// `$XDG_CACHE_HOME/bastion-up`, by default below `~/.cache`.
    package let cache: String
    /// `$XDG_RUNTIME_DIR/bastion-up`; without that variable `run` in the state folder. Never a shared folder.
    package let runtime: String

    /// - Parameter environment: variables that are empty or no absolute path do not count, as the specification says.
    package init(environment: [String: String]) {
        func absolute(_ name: String) -> String? {
            guard let value = environment[name], FilePath.isAbsolute(value) else { return nil }
            return value
        }
        let home = absolute("HOME") ?? UserDatabase.homeFolder ?? "/"
        func own(_ name: String, _ fallback: String) -> String {
            FilePath.join(absolute(name) ?? FilePath.join(home, fallback), "bastion-up")
        }
        self.home = home
        configuration = own("XDG_CONFIG_HOME", ".config")
        state = own("XDG_STATE_HOME", ".local/state")
        cache = own("XDG_CACHE_HOME", ".cache")
        runtime =
            absolute("XDG_RUNTIME_DIR").map { FilePath.join($0, "bastion-up") }
            ?? FilePath.join(state, "run")
    }

    /// The state folder, made where it is missing and verified to be private.
    package func stateFolder() throws(FileError) -> PrivateFolder { try PrivateFolder(making: state) }
    package func cacheFolder() throws(FileError) -> PrivateFolder { try PrivateFolder(making: cache) }
    package func runtimeFolder() throws(FileError) -> PrivateFolder { try PrivateFolder(making: runtime) }

    /// The path with a leading `~` or `~/` replaced by the home folder.
    package func expandingTilde(_ path: String) -> String {
        if path == "~" { return home }
        return path.hasPrefix("~/") ? FilePath.join(home, String(path.dropFirst(2))) : path
    }
}
