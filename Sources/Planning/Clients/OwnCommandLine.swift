import Profiles

/// The command line of a program of the user's own: its words with their placeholders filled, never a shell line.
struct OwnCommandLine {
    let profile: Profile
    let program: String
    /// With the program's own name.
    let words: [String]
    /// Typed behind `--`: appended as they are.
    let additions: [String]

    /// Nil where a word has a fault, which is for a rule to say.
    var command: ClientCommand? {
        var filled: [Word] = []
        for word in words.dropFirst() {
            guard case .pieces(let pieces) = CommandWord(word).reading(user: profile.authentication.username)
            else { return nil }
            filled.append(Word(pieces))
        }
        var command = ClientCommand(
            program: program, arguments: filled + additions.map { Word($0) }, statusReading: .unknown)
        command.expectsFirstByte = false
        return command
    }
}

/// A word of `client.command`: text with `{host}`, `{port}` and `{user}`. `{{` and `}}` stand for one brace;
/// a brace that encloses no name is text.
struct CommandWord {
    enum Reading: Hashable {
        case pieces([Word.Piece])
        /// `{name}` is none of the three.
        case unknown(String)
        /// `{user}`, and the profile names none.
        case noUser
    }

    static let placeholders = ["host", "port", "user"]

    private let text: String

    init(_ text: String) { self.text = text }

    func reading(user: String?) -> Reading {
        var pieces: [Word.Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.first {
            let following = rest.dropFirst()
            if character == "{" || character == "}", following.first == character {
                literal.append(character)
                rest = following.dropFirst()
                continue
            }
            guard character == "{", let name = Self.name(following) else {
                literal.append(character)
                rest = following
                continue
            }
            rest = following.dropFirst(name.count + 1)
            switch name {
            case "host": literal += "127.0.0.1"
            case "port":
                pieces += literal.isEmpty ? [.port(.client)] : [.text(literal), .port(.client)]
                literal = ""
            case "user":
                guard let user else { return .noUser }
                literal += user
            default: return .unknown(name)
            }
        }
        return .pieces(literal.isEmpty && !pieces.isEmpty ? pieces : pieces + [.text(literal)])
    }

    /// The letters up to the closing brace.
    private static func name(_ text: Substring) -> String? {
        let name = text.prefix { $0.isASCII && $0.isLetter }
        return !name.isEmpty && text.dropFirst(name.count).first == "}" ? String(name) : nil
    }
}
