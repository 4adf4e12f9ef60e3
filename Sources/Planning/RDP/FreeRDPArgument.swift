/// A word that the user adds to FreeRDP's command line: whether it may be passed on.
struct FreeRDPArgument {
    /// Why a word is not passed on.
    enum Refusal: Hashable {
        /// A secret would stand in argv, where every process can read it.
        case secret
        /// It is for bastion-up to set: where to, as whom, and what is trusted.
        case ours
        /// Empty, with a line break, or no option: the client would read something else than was meant.
        case unreadable
    }

    private static let secret: Set = [
        "p", "password", "pth", "pass-the-hash", "gp", "gat", "gateway", "gw", "assistance",
        "reconnect-cookie", "endpointfedauth", "smartcard-logon",
    ]
    private static let ours: Set = [
        "v", "port", "u", "d", "from-stdin", "args-from", "cert", "cert-ignore", "cert-deny", "cert-name",
        "cert-tofu", "server-name", "sec", "sec-rdp", "sec-tls", "sec-nla", "sec-ext", "nego",
        "authentication", "encryption", "proxy", "tune", "g", "gu", "gd", "load-balance-info", "azure",
        "force-console-callbacks",
    ]

    let text: String

    var refusal: Refusal? {
        guard let first = text.first, ["/", "+", "-"].contains(first), text.utf8.allSatisfy({ $0 >= 0x20 })
        else { return .unreadable }
        let name = text.drop { ["/", "+", "-"].contains($0) }.prefix { $0 != ":" && $0 != "=" }.lowercased()
        if name.isEmpty { return .unreadable }
        if Self.secret.contains(name) { return .secret }
        return Self.ours.contains(name) ? .ours : nil
    }
}
