import Transport

@testable import Azure

/// Texts of the environment and of answers that name places: proxies, URLs, names of hosts, dates. One a line.
enum SettingFuzzing {
    static func broken(by bytes: [UInt8]) -> String? {
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        let (first, second) = (lines[0], lines.count > 1 ? lines[1] : "")
        let rules = ProxyRules(environment: ["HTTPS_PROXY": first, "NO_PROXY": second])
        for host in ["bastion.example", "10.1.2.3", "[fd00::1]", second] {
            do throws(ProxySettingProblem) { _ = try rules.route(to: host, port: 443) } catch {
                if let problem = shown(error, first) { return problem }
            }
        }
        return origin(first) ?? endpoint(first, second) ?? date(first)
    }

    /// A password of a setting must not be shown with it.
    private static func shown(_ problem: ProxySettingProblem, _ setting: String) -> String? {
        guard setting.contains("://"), problem.value.contains("@") else { return nil }
        return "the user is shown: \(problem.value)"
    }

    private static func origin(_ text: String) -> String? {
        guard let (origin, target) = Origin.split(text) else { return nil }
        guard target.hasPrefix("/") else { return "a target without a slash: \(target)" }
        guard let again = Origin.split(origin.description + target), again.origin == origin,
            again.target == target
        else { return "\(origin)\(target) does not read back" }
        let request = HTTPRequest("GET", target, headers: ["Host": origin.authority])
        return (try? HTTPSerializer.head(request)) == nil ? "\(origin)\(target) cannot be asked for" : nil
    }

    private static func endpoint(_ name: String, _ suffix: String) -> String? {
        guard let endpoint = try? BastionEndpoint(name, under: suffix) else { return nil }
        let host = endpoint.origin.host
        guard host == endpoint.suffix || host.hasSuffix("." + endpoint.suffix) else {
            return "\(host) lies outside"
        }
        let again = try? BastionEndpoint(endpoint.authority, under: endpoint.suffix)
        return again == endpoint ? nil : "\(endpoint.authority) does not read back"
    }

    private static func date(_ text: String) -> String? {
        let wait = RetryAfter.wait(after: ["Retry-After": text], now: 1_700_000_000)
        return (wait ?? .zero) < .zero ? "a wait of \(String(describing: wait))" : nil
    }
}
