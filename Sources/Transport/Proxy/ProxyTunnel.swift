internal import Cryptography
internal import Posix

/// Asks a proxy for a tunnel (RFC 9110, section 9.3.6).
enum ProxyTunnel {
    /// More than any proxy's answer; what is longer is not an answer.
    private static let limits = HTTPLimits(headBytes: 16 * 1024, fieldCount: 100)

    /// Returns when the proxy has opened the way; the socket then carries the target's bytes.
    static func open(
        over socket: StreamSocket, to host: String, _ port: UInt16, credentials: SecretBytes?,
        until deadline: Instant
    ) async throws(TLSError) {
        try await send(request(host, port, credentials), over: socket, until: deadline)
        var collector = HTTPHeadCollector(limits: limits)
        while true {
            let chunk = try await receive(from: socket, until: deadline)
            let head: HTTPHead?
            do { head = try chunk.withUnsafeBytes { try collector.take($0) } } catch {
                throw .proxy(.notHTTP)
            }
            guard let head else { continue }
            guard let line = try? head.statusLine() else { throw .proxy(.notHTTP) }
            if (100..<200).contains(line.status), line.status != 101, collector.unusedCount == 0 {
                collector = HTTPHeadCollector(limits: limits)
                continue
            }
            guard (200..<300).contains(line.status) else {
                throw .proxy(.refused(status: line.status, reason: line.reason))
            }
            // The target speaks after we did, so whatever follows the head is not its.
            guard collector.unusedCount == 0 else { throw .proxy(.notHTTP) }
            return
        }
    }

    private static func request(_ host: String, _ port: UInt16, _ credentials: SecretBytes?) -> SecretBytes {
        let authority = Authority.text(host: host, port: port)
        var bytes = Array("CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n".utf8)
        if let credentials {
            var plain = credentials.withBytes { Array($0) }
            var encoded = Base64.encodedBytes(plain)
            bytes += Array("Proxy-Authorization: Basic ".utf8) + encoded + Array("\r\n".utf8)
            SecretBytes.wipe(&plain)
            SecretBytes.wipe(&encoded)
        }
        bytes += Array("\r\n".utf8)
        return SecretBytes(moving: &bytes)
    }

    private static func send(_ request: SecretBytes, over socket: StreamSocket, until deadline: Instant)
        async throws(TLSError)
    {
        var sent = 0
        while sent < request.count {
            let progress: FileDescriptor.Progress
            do {
                progress = try request.withBytes { (all) throws(SystemError) in
                    try socket.write(UnsafeRawBufferPointer(rebasing: all[sent...]))
                }
            } catch { throw .proxy(.lost(error)) }
            if case .done(let count) = progress {
                sent += count
            } else {
                try await pause(socket.wakeUp, until: deadline)
            }
        }
    }

    private static func receive(from socket: StreamSocket, until deadline: Instant)
        async throws(TLSError) -> [UInt8]
    {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let progress: FileDescriptor.Progress
            do {
                progress = try chunk.withUnsafeMutableBufferPointer { (space) throws(SystemError) in
                    try socket.read(into: UnsafeMutableRawBufferPointer(space))
                }
            } catch { throw .proxy(.lost(error)) }
            switch progress {
            case .done(let count): return Array(chunk.prefix(count))
            case .ended: throw .proxy(.closed)
            case .wouldBlock: try await pause(socket.wakeUp, until: deadline)
            }
        }
    }

    private static func pause(_ wakeUp: WakeUp, until deadline: Instant) async throws(TLSError) {
        switch await wakeUp.wait(until: deadline) {
        case .signalled: return
        case .deadline: throw .timedOut(.proxy)
        case .cancelled: throw .cancelled
        }
    }
}
