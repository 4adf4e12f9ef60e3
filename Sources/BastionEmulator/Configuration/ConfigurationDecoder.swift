package import Diagnostics
internal import Posix
internal import YAML

/// Turns the emulator's YAML file into a configuration; all problems of a file in one run.
package enum ConfigurationDecoder {
    /// - Throws: codes that begin with `yaml.` and `emulator.`, each with its place and line.
    package static func decode(_ bytes: [UInt8], file: String) throws(Problems) -> EmulatorConfiguration {
        let (document, syntax) = YAMLDocument.read(bytes, file: file)
        guard let document else { throw syntax }
        guard let root = document.root else {
            throw Problems(
                Diagnostic(
                    "emulator.empty-file", "the file is empty",
                    remedy: "leave --config out to use the defaults",
                    at: SourceLocation(file: file, line: 1, column: 1)))
        }
        let reader = MapReader(root, "configuration")
        let configuration = read(reader)
        var problems = syntax
        problems.add(Problems(document.source.attachLines(to: reader.finish().all)))
        guard let configuration, !problems.hasErrors else { throw problems }
        return configuration
    }

    private static func read(_ reader: MapReader) -> EmulatorConfiguration? {
        _ = reader.read("version", "1") { $0 == "1" ? 1 : nil }
        var configuration = EmulatorConfiguration.standard
        readPlaces(reader, into: &configuration)
        let tenants = readTenants(reader)
        if let hosts = reader.list("hosts", { HostDecoder.host($0, reader) }) { configuration.hosts = hosts }
        if let targets = reader.list("targets", { HostDecoder.target($0, reader) }) {
            configuration.targets = targets
        }
        if let rights = reader.list("rights", { HostDecoder.right($0, reader) }) {
            configuration.rights = rights
        }
        if let node = reader.value("limits") { configuration.limits = readLimits(node, reader) }
        if let faults = reader.list("faults", { FaultDecoder.fault($0, reader) }) {
            configuration.faults = faults
        }
        if let tenants { configuration.tenants = tenants }
        check(&configuration, reader)
        return configuration
    }

    private static func readPlaces(_ reader: MapReader, into configuration: inout EmulatorConfiguration) {
        let expected = "an address with a port, such as 127.0.0.1:8443"
        if let node = reader.value("listen") {
            if node.kind == .mapping {
                let places = MapReader(node, "listen")
                var listen = configuration.listen
                listen.signIn = places.require("authority", expected) { LocalAddress($0) } ?? listen.signIn
                listen.resourceManager =
                    places.require("resourceManager", expected) { LocalAddress($0) } ?? listen.resourceManager
                listen.bastion = places.require("bastion", expected) { LocalAddress($0) } ?? listen.bastion
                configuration.listen = listen
                reader.add(places.finish())
            } else if let address = reader.convert(node, "listen", expected, { LocalAddress($0) }) {
                configuration.listen = .init(all: address)
            }
        }
        if let name = reader.read("publicName", "a host name", hostName) { configuration.publicName = name }
        if let suffix = reader.read("bastionSuffix", "a domain", hostName) {
            configuration.bastionSuffix = suffix
        }
        if let audiences = reader.list("audiences", { reader.convert($0, "audiences", "text") { $0 } }) {
            configuration.audiences = audiences
        }
    }

    static func hostName(_ text: String) -> String? {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isValid = labels.allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                        true
                    default: false
                    }
                }
        }
        return isValid && text.utf8.count <= 253 ? text.lowercased() : nil
    }

    private static func readLimits(_ node: YAMLNode, _ outer: MapReader) -> EmulatorConfiguration.Limits {
        let reader = MapReader(node, "limits")
        var limits = EmulatorConfiguration.Limits()
        limits.tokenLifetime = reader.duration("tokenLifetime") ?? limits.tokenLifetime
        limits.webSocketTokenLifetime =
            reader.duration("webSocketTokenLifetime") ?? limits.webSocketTokenLifetime
        limits.sessionsPerHost = reader.number("sessionsPerHost", 0...100_000) ?? limits.sessionsPerHost
        limits.idleTimeout = reader.duration("idleTimeout")
        limits.connectTimeout = reader.duration("connectTimeout") ?? limits.connectTimeout
        if let code = reader.number("unreachableTargetCode", 1000...4999) {
            limits.unreachableTargetCode = UInt16(code)
        }
        outer.add(reader.finish())
        return limits
    }
}

// MARK: - Tenants, and what must fit together

extension ConfigurationDecoder {
    private static func readTenants(_ reader: MapReader) -> [EmulatorConfiguration.Tenant]? {
        guard let node = reader.value("tenants") else { return nil }
        guard node.kind == .mapping else {
            reader.report("emulator.wrong-type", "'tenants' is not a map from tenant IDs", at: node)
            return nil
        }
        return node.pairs.map { id, value in
            if id.text.isEmpty || id.text.contains("/") {
                reader.report("emulator.invalid-value", "'\(id.text)' is no tenant ID", at: id)
            }
            let tenant = MapReader(value, "tenant")
            defer { reader.add(tenant.finish()) }
            let subscriptions = tenant.list("subscriptions") { item in
                tenant.convert(item, "subscriptions", "text") { $0.isEmpty ? nil : $0.lowercased() }
            }
            return EmulatorConfiguration.Tenant(
                id: id.text, clients: readClients(tenant), subscriptions: subscriptions ?? [])
        }
    }

    private static func readClients(_ tenant: MapReader) -> [EmulatorConfiguration.Client] {
        guard let node = tenant.required("clients") else { return [] }
        guard node.kind == .mapping else {
            tenant.report("emulator.wrong-type", "'clients' is not a map from client IDs", at: node)
            return []
        }
        return node.pairs.compactMap { id, value in
            let client = MapReader(value, "client")
            defer { tenant.add(client.finish()) }
            guard let secret = client.required("clientSecret"), let bytes = secret.utf8, !bytes.isEmpty else {
                return nil
            }
            var copy = Array(bytes)
            return EmulatorConfiguration.Client(id: id.text, secret: SecretBytes(moving: &copy))
        }
    }

    /// Gives subscriptions without a tenant to the only tenant, and reports what fits nowhere.
    private static func check(_ configuration: inout EmulatorConfiguration, _ reader: MapReader) {
        var seen: Set<ResourcePath> = []
        let names = configuration.hosts.compactMap(\.dnsName)
        if Set(names).count != names.count {
            reader.report("emulator.duplicate", "two hosts have the same dnsName")
        }
        for host in configuration.hosts {
            if !seen.insert(host.id).inserted {
                reader.report("emulator.duplicate", "two hosts have the ID \(host.id.text)")
            }
            let subscription = host.id.subscription.lowercased()
            if configuration.tenant(ofSubscription: subscription) != nil { continue }
            if configuration.tenants.count == 1 {
                configuration.tenants[0].subscriptions.append(subscription)
            } else {
                reader.report(
                    "emulator.no-tenant", "subscription \(subscription) of a host is in no tenant",
                    remedy: "list it under 'subscriptions' of one tenant")
            }
        }
        let clients = Set(configuration.tenants.flatMap { $0.clients.map { $0.id.lowercased() } })
        for right in configuration.rights ?? [] where !clients.contains(right.client.lowercased()) {
            reader.report("emulator.unknown-client", "a right names '\(right.client)', which is no client")
        }
    }
}
