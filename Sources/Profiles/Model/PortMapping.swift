/// A local listener and the port of the target that it is carried to.
package struct PortMapping: Hashable, Sendable {
    package enum Route: String, Hashable, Sendable { case bastion, ssh }

    /// The address that the listener binds to; nil means 127.0.0.1.
    package var address: String?
    /// 0 means any free port.
    package var local: UInt16
    /// 1 to 65535.
    package var remote: UInt16
    package var route: Route

    package init(address: String? = nil, local: UInt16, remote: UInt16, route: Route = .bastion) {
        self.address = address
        self.local = local
        self.remote = remote
        self.route = route
    }
}
