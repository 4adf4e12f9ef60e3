/// Which end on this machine a tunnel starts at.
package enum ListenerID: Hashable, Sendable {
    /// The listener of the client that is launched.
    case client
    /// The listener of a port mapping, counted from 0.
    case mapping(Int)
    /// No listener: standard input and output.
    case standardStreams
}

/// A listener on this machine.
package struct ListenerPlan: Hashable, Sendable {
    package enum Binding: Hashable, Sendable {
        /// A unix socket in the session's private folder.
        case privateSocket
        /// A TCP port; 0 means any free one.
        case tcp(address: String, port: UInt16)
    }

    package enum Purpose: Hashable, Sendable {
        /// The client program that is launched, by name.
        case client(String)
        /// A port mapping to this port of the target.
        case mapping(remote: UInt16)
    }

    package var id: ListenerID
    package var binding: Binding
    package var purpose: Purpose

    package init(id: ListenerID, binding: Binding, purpose: Purpose) {
        self.id = id
        self.binding = binding
        self.purpose = purpose
    }
}
