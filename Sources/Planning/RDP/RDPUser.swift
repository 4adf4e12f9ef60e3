/// A login name as FreeRDP wants it: user and domain apart.
struct RDPUser: Hashable {
    var name: String
    /// Empty for a local user, and for a user principal name, which has its domain in it.
    var domain: String

    /// Reads `DOMAIN\user`, `.\user` (a user of the target itself), `user@domain` and `user`.
    init(_ text: String) {
        let parts = text.split(separator: "\\", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            (domain, name) = (parts[0] == "." ? "" : String(parts[0]), String(parts[1]))
        } else {
            (domain, name) = ("", text)
        }
    }
}
