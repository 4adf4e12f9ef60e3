internal import Posix

/// What the askpass helper is told: a secret as it is, or that it may ask. No answer at all leaves the question open.
enum AskpassReply {
    case secret(SecretBytes)
    /// Ask the person at the terminal, and show the note before. Nil: in ssh's own words.
    case ask(note: String, question: String?)

    /// No secret begins with a zero byte: ssh could not be given one.
    private static let askMark: UInt8 = 0
    /// ssh takes 1023 bytes of an answer.
    static let limit = 4096

    var bytes: SecretBytes {
        switch self {
        case .secret(let secret): secret
        case .ask(let note, let question):
            SecretBytes(
                copying: [Self.askMark] + Array(note.utf8) + [Self.askMark] + Array((question ?? "").utf8))
        }
    }

    /// Wipes what it reads. Nil for no answer.
    init?(reading bytes: inout [UInt8]) {
        switch bytes.first {
        case nil: return nil
        case Self.askMark:
            let parts = bytes.dropFirst().split(
                separator: Self.askMark, maxSplits: 1, omittingEmptySubsequences: false)
            let texts = parts.map { String(decoding: $0, as: UTF8.self) }
            let question = texts.count > 1 && !texts[1].isEmpty ? texts[1] : nil
            self = .ask(note: texts.first ?? "", question: question)
        default: self = .secret(SecretBytes(moving: &bytes))
        }
    }
}
