/// Takes what must not be seen out of text that is logged.
package enum Redaction {
    /// The request target of a data plane URL with the token in it replaced by `…`.
    ///
    /// `/webtunnelv2/TOKEN?X-Node-Id=N` and `/api/tokens/TOKEN` carry a secret in their path.
    package static func path(_ target: String) -> String {
        let prefixes = ["/webtunnelv2/", "/omni/webtunnel/", "/api/tokens/"]
        for prefix in prefixes where target.hasPrefix(prefix) {
            let rest = target.dropFirst(prefix.count)
            let tail = rest.firstIndex(of: "?").map { String(rest[$0...]) } ?? ""
            return prefix + "…" + tail
        }
        return target
    }
}
