import Posix
import Transport

/// Dialogues with proxies. The first byte says which and with what, the second how the proxy's bytes are split.
enum ProxyFuzzing {
    static func broken(by bytes: [UInt8]) -> String? {
        guard bytes.count > 2 else { return nil }
        let hasCredentials = bytes[0] & 1 != 0
        switch bytes[0] >> 1 & 3 {
        case 0: return compare(bytes, connect(hasCredentials))
        case 1: return compare(bytes, socks(.name("bastion.example"), hasCredentials))
        case 2:
            guard let address = SocketAddress(literal: "127.0.0.1", port: 443) else { return nil }
            return compare(bytes, socks(.address(address), hasCredentials))
        default: return nil
        }
    }

    private static func credentials(_ isWanted: Bool) -> ProxyCredentials? {
        guard isWanted else { return nil }
        return ProxyCredentials(
            user: SecretBytes(copying: Array("me".utf8)), password: SecretBytes(copying: Array("pass".utf8)))
    }

    private static func connect(_ hasCredentials: Bool) -> ConnectDialogue {
        ConnectDialogue(to: "bastion.example", port: 443, credentials: credentials(hasCredentials))
    }

    private static func socks(_ destination: SOCKSDialogue.Destination, _ hasCredentials: Bool)
        -> SOCKSDialogue
    {
        SOCKSDialogue(to: destination, port: 443, credentials: credentials(hasCredentials))
    }

    private enum Sight: Equatable {
        case said([UInt8])
        case opened
        case failed(ProxyFailure)
    }

    private static func compare(_ bytes: [UInt8], _ dialogue: some ProxyDialogue) -> String? {
        let whole = read(Pieces(of: bytes[2...], seed: 0), dialogue)
        for seed in [1, bytes[1]] {
            let split = read(Pieces(of: bytes[2...], seed: seed), dialogue)
            guard isSame(split, whole) else { return "the split changes what is read: \(whole) and \(split)" }
        }
        return nil
    }

    /// What comes in a later read than the answer is the next protocol's to refuse.
    private static func isSame(_ split: [Sight], _ whole: [Sight]) -> Bool {
        if split == whole { return true }
        return whole.last == .failed(.unaskedBytes) && split.last == .opened
            && split.dropLast() == whole.dropLast()
    }

    private static func read(_ pieces: Pieces, _ dialogue: some ProxyDialogue) -> [Sight] {
        var dialogue = dialogue
        var seen: [Sight] = []
        for piece in pieces {
            var input = piece
            asking: while true {
                let step = input.withUnsafeBytes { bytes in
                    Result { () throws(ProxyFailure) in try dialogue.receive(bytes) }
                }
                switch step {
                case .success(.readMore): break asking
                case .success(.send(let words)):
                    seen.append(.said(words.withBytes { Array($0) }))
                    input = []
                case .success(.opened): return seen + [.opened]
                case .failure(let failure): return seen + [.failed(failure)]
                }
            }
        }
        return seen
    }
}
