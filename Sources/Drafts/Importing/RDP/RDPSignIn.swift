/// Signing in to a remote desktop, as foreign files say it.
enum RDPSignIn {
    /// Sets user and kind of sign-in. A user with a domain becomes `DOMAIN\user`; Entra's prefix says `aad`.
    static func set(
        username: String, domain: String, isEntra: Bool, from source: String, line: Int,
        _ run: inout ImportRun
    ) {
        var user = username
        var isEntra = isEntra
        if user.lowercased().hasPrefix("azuread\\") {
            user = String(user.dropFirst("azuread\\".count))
            isEntra = true
        } else if !domain.isEmpty, !user.isEmpty, !user.contains("\\"), !user.contains("@") {
            user = "\(domain)\\\(user)"
        }
        let hasUser = !user.isEmpty && run.set("auth.username", user, from: source, line: line)
        if isEntra {
            run.change { $0.set("auth.type", .text("aad")) }
        } else if hasUser {
            run.change { $0.set("auth.type", .text("password")) }
        }
    }

    /// The host and the port of `host`, `host:port`, `[address]:port`; an address of IPv6 alone has no port.
    static func split(_ text: String) -> (host: String, port: String?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            return (host, rest.hasPrefix(":") ? String(rest.dropFirst()) : nil)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : (text, nil)
    }
}
