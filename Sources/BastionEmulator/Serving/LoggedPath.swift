/// A request's path and query as the log may hold them.
enum LoggedPath {
    private static let plainParts: Set = [
        "", "api", "tokens", "connection", "oauth2", "v2.0", "token", "authorize", "devicecode", "discovery",
        "keys", "instance", ".well-known", "openid-configuration", "webtunnel",
    ]
    private static let plainQueries: Set = ["api-version", "x-node-id"]

    /// Tokens are replaced by marks (equal for equal tokens), and so is whatever might be one.
    static func text(_ request: ReceivedRequest) -> String {
        let path = request.path
        let isResource = ["subscriptions", "tenants"].contains(path.first?.lowercased() ?? "")
        let parts = path.enumerated().map { index, part in
            let isPlain = isResource || index == 0 || plainParts.contains(part.lowercased())
            return isPlain ? escaped(part) : RequestLog.mark(part)
        }
        let query = request.query.map { name, value in
            let isPlain = plainQueries.contains(name.lowercased())
            return "\(escaped(name))=\(isPlain ? escaped(value) : RequestLog.mark(value))"
        }
        let text = "/" + parts.joined(separator: "/")
        return query.isEmpty ? text : text + "?" + query.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        String(
            text.prefix(256).map {
                $0.isASCII && $0 > " " && $0 != "\u{7F}" && !"/?&#".contains($0) ? $0 : "_"
            })
    }
}
