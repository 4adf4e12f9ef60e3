package import Posix

/// What is said with a proxy until it has opened the way: bytes in, bytes out, no sockets.
///
/// However the proxy's bytes are split, the steps are the same.
package protocol ProxyDialogue {
    /// What is said first.
    func greeting() -> SecretBytes
    /// Takes what the proxy said; after `send` to be called again, with nothing, for what is left of it.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(ProxyFailure) -> ProxyStep
}

/// What comes next in a dialogue with a proxy.
package enum ProxyStep: Sendable {
    case readMore
    case send(SecretBytes)
    /// The connection carries the target's bytes from here on.
    case opened
}
