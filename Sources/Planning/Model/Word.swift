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
    /// The host keys that a target may show, in OpenSSH's format; counted from 0.
    case hostKeys(Int)

    package var name: String {
        switch self {
        case .tunnelSocket: "tunnel.sock"
        case .askpassSocket: "askpass.sock"
        case .agentSocket: "agent.sock"
        case .publicKey(let number): "key-\(number).pub"
        case .hostKeys(let number): "host-keys-\(number)"
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
        /// The fingerprint of a host key that is not known yet. Nothing fills it: the key is learnt, and the
        /// plan made again.
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
            case .hostKey: return nil
            }
        }
        return word
    }

    /// The word as a person reads it: holes as `<free-port>`, `<runtime>/tunnel.sock`, `<principal>`, `<host-key>`.
    package var shown: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .port: "<free-port>"
            case .path(let file, _): "<runtime>/\(file.name)"
            case .principal: "<principal>"
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
