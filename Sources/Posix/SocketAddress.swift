internal import Glibc

/// An IPv4, IPv6 or unix socket address.
package struct SocketAddress: Hashable, Sendable {
    /// The bytes of the `sockaddr`.
    let storage: [UInt8]

    init(storage: [UInt8]) { self.storage = storage }

    /// Up to 107 bytes of path (`sun_path` of unix(7) with its final NUL).
    /// - Returns: nil for a longer path, or one that holds a NUL.
    package init?(unixPath: String) {
        let path = Array(unixPath.utf8)
        guard path.count <= 107, !path.contains(0) else { return nil }
        var storage = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) }
        storage += path
        storage.append(0)
        self.storage = storage
    }

    /// An address in text (`127.0.0.1`, `::1`, without brackets); no name is looked up.
    package init?(literal: String, port: UInt16) {
        var four = sockaddr_in()
        if inet_pton(AF_INET, literal, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            storage = withUnsafeBytes(of: four) { Array($0) }
            return
        }
        var six = sockaddr_in6()
        guard inet_pton(AF_INET6, literal, &six.sin6_addr) == 1 else { return nil }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        storage = withUnsafeBytes(of: six) { Array($0) }
    }

    var family: CInt {
        storage.count >= 2
            ? CInt(storage.withUnsafeBytes { $0.loadUnaligned(as: sa_family_t.self) }) : AF_UNSPEC
    }

    package var isIPv6: Bool { family == AF_INET6 }

    /// The port; 0 for a unix socket.
    package var port: UInt16 {
        guard family == AF_INET || family == AF_INET6, storage.count >= 4 else { return 0 }
        return UInt16(storage[2]) << 8 | UInt16(storage[3])
    }

    /// The address part: 4 or 16 bytes in network order; none for a unix socket.
    package var addressBytes: [UInt8] {
        switch family {
        case AF_INET where storage.count >= 8: Array(storage[4..<8])
        case AF_INET6 where storage.count >= 24: Array(storage[8..<24])
        default: []
        }
    }

    /// 127.0.0.0/8, ::1, or the former mapped into IPv6.
    package var isLoopback: Bool {
        let bytes = addressBytes
        if bytes.count == 4 { return bytes[0] == 127 }
        if bytes.count != 16 { return false }
        if bytes.prefix(15).allSatisfy({ $0 == 0 }) { return bytes[15] == 1 }
        return bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
            && bytes[12] == 127
    }

    /// The address without the port, without brackets.
    package var host: String {
        let bytes = addressBytes
        guard !bytes.isEmpty else { return "unix" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Lends the address in the form that the socket calls take.
    func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        storage.withUnsafeBytes { bytes in
            // Swift's array storage is aligned for a sockaddr.
            guard let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress else { return -1 }
            return body(pointer, socklen_t(bytes.count))
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
