import Posix
import Transport

@testable import Azure

/// JSON of Azure's services, and what lies on the disk and in the keyring. The first byte says which.
enum AzureFuzzing {
    static func broken(by bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let body = Array(bytes.dropFirst())
        switch first % 6 {
        case 0: return token(body)
        case 1: return session(body)
        case 2:
            _ = try? BastionHostRecord(response: body, id: "/subscriptions/x")
            return nil
        case 3: return refusal(body)
        case 4: return ledger(body)
        default: return stored(body)
        }
    }

    private static func token(_ body: [UInt8]) -> String? {
        guard let token = try? AccessToken(response: body, now: 1_700_000_000) else { return nil }
        return fitsHeader(token.value) && token.expiresOn > token.obtainedOn ? nil : "a token that is none"
    }

    private static func session(_ body: [UInt8]) -> String? {
        guard let token = try? TunnelToken(response: body) else { return nil }
        let request = HTTPRequest("GET", token.websocketTarget, headers: ["X-Node-Id": token.nodeID])
        return (try? HTTPSerializer.head(request)) == nil ? "a token that cannot be asked with" : nil
    }

    /// What a service says is shown on one line of the terminal.
    private static func refusal(_ body: [UInt8]) -> String? {
        let refusal = Refusal(HTTPResponse(403, body: body), from: .bastion, now: 0)
        let texts = [refusal.code, refusal.message, refusal.correlationID].compactMap(\.self)
        let isClean = texts.allSatisfy { text in
            !text.isEmpty
                && !text.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
        }
        return isClean ? nil : "a control character is shown"
    }

    /// A torn line costs itself alone.
    private static func ledger(_ content: [UInt8]) -> String? {
        let live = LedgerRemains(content).open
        guard let line = LedgerLine(number: -7).bytes else { return "a line cannot be written" }
        let later = LedgerRemains(content + line).open
        return later == live.filter { $0.key != -7 } ? nil : "a line behind the content is not read"
    }

    private static func stored(_ bytes: [UInt8]) -> String? {
        guard let token = AccessToken(stored: SecretBytes(copying: bytes)) else { return nil }
        _ = token.isUsable(at: 1_700_000_000)
        guard fitsHeader(token.value) else { return "a token that is none" }
        return AccessToken(stored: token.stored) == token ? nil : "a token does not read back"
    }

    private static func fitsHeader(_ text: String) -> Bool {
        (try? HTTPSerializer.head(HTTPRequest("GET", "/", headers: ["Authorization": "Bearer \(text)"])))
            != nil
    }
}
