/// What the bastion host connects to.
package enum Target: Hashable, Sendable {
    /// A virtual machine, a scale-set instance, or any resource that the service takes as a target.
    case resource(ResourceID)
    /// A private IPv4 or IPv6 address ("IP-based connection"), in canonical text.
    case address(String)
}
