internal import Diagnostics
internal import Posix
internal import YAML

/// Reads hosts, targets and rights.
enum HostDecoder {
    private static let idExpected =
        "a resource ID: /subscriptions/…/resourceGroups/…/providers/…/…/…"

    static func host(_ node: YAMLNode, _ outer: MapReader) -> EmulatorConfiguration.Host? {
        let reader = MapReader(node, "host")
        defer { outer.add(reader.finish()) }
        let expected = "the resource ID of a Microsoft.Network/bastionHosts"
        let id = reader.require("resourceId", expected) { text in
            ResourcePath(text).flatMap { $0.type == "microsoft.network/bastionhosts" ? $0 : nil }
        }
        let sku = reader.choice("sku", EmulatorConfiguration.SKU.self) ?? .standard
        let host = (
            tunneling: reader.boolean("enableTunneling") ?? sku.takesNativeClients,
            ipConnect: reader.boolean("enableIpConnect") ?? false,
            state: reader.text("provisioningState") ?? "Succeeded",
            location: reader.text("location") ?? "westeurope",
            dnsName: reader.read("dnsName", "a host name", ConfigurationDecoder.hostName),
            port: reader.number("port", 1...65535).map { UInt16($0) },
            instances: reader.number("instances", 1...16) ?? 2
        )
        guard let id else { return nil }
        return .init(
            id: id, sku: sku, enableTunneling: host.tunneling, enableIpConnect: host.ipConnect,
            provisioningState: host.state, location: host.location, dnsName: host.dnsName,
            port: host.port, instances: host.instances)
    }

    static func target(_ node: YAMLNode, _ outer: MapReader) -> EmulatorConfiguration.Target? {
        let reader = MapReader(node, "target")
        defer { outer.add(reader.finish()) }
        let resource = reader.read("resourceId", idExpected) { ResourcePath($0) }
        let address = reader.read("ip", "an IP address") { literal($0) }
        let ports = reader.required("ports").map { readPorts($0, reader) }
        switch (resource, address) {
        case (let resource?, nil): return ports.map { .init(name: .resource(resource), ports: $0) }
        case (nil, let address?): return ports.map { .init(name: .address(address), ports: $0) }
        default:
            if reader.problems.isEmpty {
                reader.report(
                    "emulator.target-name", "a target has both or neither of 'resourceId' and 'ip'",
                    remedy: "give one of the two")
            }
            return nil
        }
    }

    /// The address in the one form that it is compared in.
    static func literal(_ text: String) -> String? { SocketAddress(literal: text, port: 0)?.host }

    private static func readPorts(_ node: YAMLNode, _ reader: MapReader) -> [UInt16: LocalAddress] {
        guard node.kind == .mapping else {
            reader.report(
                "emulator.wrong-type", "'ports' is not a map from ports to local addresses", at: node)
            return [:]
        }
        var ports: [UInt16: LocalAddress] = [:]
        for (key, value) in node.pairs {
            let remote = reader.convert(key, "ports", "a port") { MapReader.number($0, 1...65535) }
            let local = reader.convert(value, "ports", "a local address with a port") { text in
                LocalAddress(text).flatMap { $0.port == 0 ? nil : $0 }
            }
            if let remote, let local { ports[UInt16(remote)] = local }
        }
        return ports
    }

    static func right(_ node: YAMLNode, _ outer: MapReader) -> EmulatorConfiguration.Right? {
        let reader = MapReader(node, "right")
        defer { outer.add(reader.finish()) }
        let client = reader.require("client", "a client ID") { $0.isEmpty ? nil : $0 }
        let hosts = reader.list("hosts") { item in
            reader.convert(item, "hosts", idExpected) { ResourcePath($0) }
        }
        let targets = reader.list("targets") { item in
            reader.convert(item, "targets", "a resource ID or an IP address") {
                text -> EmulatorConfiguration.Target.Name? in
                ResourcePath(text).map { .resource($0) } ?? literal(text).map { .address($0) }
            }
        }
        return client.map { .init(client: $0, hosts: hosts, targets: targets) }
    }
}
