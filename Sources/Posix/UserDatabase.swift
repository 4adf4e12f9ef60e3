internal import CPosix
internal import Glibc

/// The user database's entry of the effective user.
package enum UserDatabase {
    package static var loginName: String? {
        guard let found = bu_login_name() else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    /// What `HOME` is by default; OpenSSH goes by this alone.
    package static var homeFolder: String? {
        guard let found = bu_home_folder() else { return nil }
        defer { free(found) }
        return String(cString: found)
    }
}
