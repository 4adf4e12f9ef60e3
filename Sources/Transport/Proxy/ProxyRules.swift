internal import Posix

/// Which proxy the environment asks for: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, each in either case.
///
/// The lower-case name wins over the upper-case one (as with curl), an empty value counts as unset.
/// `ALL_PROXY` counts where `HTTPS_PROXY` is not set. `localhost`, names under it and loopback addresses are never
/// proxied.
package struct ProxyRules: Sendable {
    private let setting: Result<Proxy, ProxySettingProblem>?
    private let exceptions: [Exception]

    package init(environment: [String: String]) {
        func value(_ names: String...) -> (variable: String, value: String)? {
            for name in names {
                if let value = environment[name], !value.isEmpty { return (name, value) }
            }
            return nil
        }
        setting = value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY").map { variable, value in
            do throws(ProxySettingProblem) { return .success(try Proxy(value, variable: variable)) } catch {
                return .failure(error)
            }
        }
        let list = value("no_proxy", "NO_PROXY")?.value ?? ""
        exceptions = list.split { $0 == "," || $0.isWhitespace }.map { Exception(String($0)) }
    }

    /// The way to a host and port.
    /// - Parameter host: a name or a literal, in brackets or not, in any case.
    package func route(to host: String, port: UInt16) throws(ProxySettingProblem) -> ProxyRoute {
        guard let setting else { return .direct }
        let target = Target(host, port)
        if target.isLocal || exceptions.contains(where: { $0.covers(target) }) { return .direct }
        return .proxy(try setting.get())
    }
}

/// A host in the form that exceptions are compared with.
private struct Target {
    let host: String
    let port: UInt16
    let address: [UInt8]?

    init(_ host: String, _ port: UInt16) {
        var host = host.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host.hasSuffix("."), host.count > 1 { host.removeLast() }
        self.host = host
        self.port = port
        address = SocketAddress(literal: host, port: port)?.addressBytes
    }

    var isLocal: Bool {
        host == "localhost" || host.hasSuffix(".localhost")
            || SocketAddress(literal: host, port: port)?.isLoopback == true
    }
}

/// One word of `NO_PROXY`: `*`, a name (which covers those under it, with or without a leading `.` or `*.`),
/// an address or an address range (`10.0.0.0/8`); any may be followed by `:port`.
private struct Exception {
    private enum Form {
        case everything
        case name(String)
        case range([UInt8], bits: Int)
    }

    private let form: Form
    private var port: UInt16?

    init(_ word: String) {
        var text = word.lowercased()
        if text == "*" {
            form = .everything
            return
        }
        if let colon = text.lastIndex(of: ":"), text.hasPrefix("[") || text.firstIndex(of: ":") == colon,
            let port = UInt16(text[text.index(after: colon)...])
        {
            self.port = port
            text = String(text[..<colon])
        }
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        if let range = Self.range(text) {
            form = range
            return
        }
        if text.hasPrefix("*.") { text.removeFirst() }
        if text.hasPrefix(".") { text.removeFirst() }
        if text.hasSuffix(".") { text.removeLast() }
        form = .name(text)
    }

    private static func range(_ text: String) -> Form? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first,
            let bytes = SocketAddress(literal: String(first), port: 0)?.addressBytes
        else { return nil }
        guard parts.count == 2 else { return .range(bytes, bits: bytes.count * 8) }
        guard let bits = Int(parts[1]), (0...bytes.count * 8).contains(bits) else { return nil }
        return .range(bytes, bits: bits)
    }

    func covers(_ target: Target) -> Bool {
        if let port, port != target.port { return false }
        switch form {
        case .everything: return true
        case .name(let name):
            return !name.isEmpty && (target.host == name || target.host.hasSuffix("." + name))
        case .range(let network, let bits):
            guard let address = target.address, address.count == network.count else { return false }
            return zip(address, network).enumerated().allSatisfy { index, pair in
                let left = min(max(bits - index * 8, 0), 8)
                return (pair.0 ^ pair.1) >> (8 - left) == 0 || left == 0
            }
        }
    }
}
