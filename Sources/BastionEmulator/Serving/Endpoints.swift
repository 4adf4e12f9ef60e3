/// Where the emulator is reached, once its ports are known.
package struct Endpoints: Sendable {
    /// URLs without a final slash.
    package var authority: String
    package var resourceManager: String
    package var bastionSuffix: String
    /// With the port, unless it is 443; in the order of the configured hosts.
    package var dnsNames: [String]

    /// The index of the host with the name, which is lower case.
    func host(named name: String) -> Int? { dnsNames.firstIndex { $0 == name } }
}
