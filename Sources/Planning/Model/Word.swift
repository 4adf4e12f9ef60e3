/// A file in the session's private folder, made at run time.
package enum RuntimeFile: Hashable, Sendable {
    /// Where ssh's proxy command gets its tunnel.
    case tunnelSocket
    /// Where the askpass helper gets its answer.
    case askpassSocket
    /// Where the private agent answers.
    case agentSocket
    /// The public part of a key that the private agent holds; counted from 0.
    case publicKey(Int)
    /// A folder for the client's own configuration, empty at first.
    case clientConfiguration
    /// The host keys that a machine may show, in OpenSSH's format; 0 is the target, 1 the machine before it.
    case hostKeys(Int)
    /// How ssh is connected with the machine behind this one: a command for sh. 1 is the machine before the target.
    case jump(Int)

    /// As a plan shows it: `<runtime>/tunnel.sock`, `<agent>`.
    package var shown: String { self == .agentSocket ? "<agent>" : "<runtime>/\(name)" }

    package var name: String {
        switch self {
        case .tunnelSocket: "tunnel.sock"
        case .askpassSocket: "askpass.sock"
        case .agentSocket: "agent.sock"
        case .publicKey(let number): "key-\(number).pub"
        case .clientConfiguration: "config"
        case .hostKeys(let number): "host-keys-\(number)"
        case .jump(let number): "jump-\(number)"
        }
    }
}

/// One word of a command line or of an environment, with holes for what is known at run time only.
package struct Word: Hashable, Sendable {
    package enum Piece: Hashable, Sendable {
        case text(String)
        /// The port that a listener got, in decimal.
        case port(ListenerID)
        /// The absolute path of a file, quoted as the place where it stands asks for.
        case path(RuntimeFile, Quoting)
        /// The first principal of the certificate.
        case principal
        /// The fingerprint of the target's certificate: its bytes with colons.
        case certificate
        /// The login name, where the user is asked for it. Plans with this hole are made anew with the answer.
        case username
        /// The fingerprint of a host key that is not known yet. Plans with this hole are made anew when it is.
        case hostKey
    }

    package var pieces: [Piece]

    package init(_ pieces: [Piece]) { self.pieces = pieces }
    package init(_ text: String) { pieces = [.text(text)] }

    /// The values of the holes.
    package struct Filling: Sendable {
        package var ports: [ListenerID: UInt16] = [:]
        /// The session's private folder, absolute, without a slash at its end.
        package var folder: String
        package var principal: String?
        package var certificate: String?

        package init(folder: String) { self.folder = folder }
    }

    /// The word with its holes filled; nil where a value is missing, which is a bug of the caller.
    package func filled(by filling: Filling) -> String? {
        var word = ""
        for piece in pieces {
            switch piece {
            case .text(let text): word += text
            case .port(let listener):
                guard let port = filling.ports[listener] else { return nil }
                word += String(port)
            case .path(let file, let quoting):
                word += quoting.quoted("\(filling.folder)/\(file.name)")
            case .principal:
                guard let principal = filling.principal else { return nil }
                word += principal
            case .certificate:
                guard let certificate = filling.certificate else { return nil }
                word += certificate
            case .username, .hostKey: return nil
            }
        }
        return word
    }

    /// The word as a person reads it: holes as `<free-port>`, `<runtime>/tunnel.sock`, `<user>`.
    package var shown: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .port: "<free-port>"
            case .path(let file, _): file.shown
            case .principal: "<principal>"
            case .certificate: "<certificate>"
            case .username: "<user>"
            case .hostKey: "<host-key>"
            }
        }.joined()
    }

    package var hasHoles: Bool {
        pieces.contains { if case .text = $0 { false } else { true } }
    }
}

extension Word: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}
