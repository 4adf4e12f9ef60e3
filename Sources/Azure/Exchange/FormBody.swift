internal import Posix

/// A body of `application/x-www-form-urlencoded`, built straight into memory that is wiped.
struct FormBody {
    private enum Value {
        case text(String)
        case secret(SecretBytes)

        func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            switch self {
            case .text(let text):
                var text = text
                return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
            case .secret(let secret): return secret.withBytes(body)
            }
        }
    }

    static let contentType = "application/x-www-form-urlencoded"

    private var fields: [(name: String, value: Value)] = []

    mutating func add(_ name: String, _ value: String) { fields.append((name, .text(value))) }
    mutating func add(_ name: String, _ value: SecretBytes) { fields.append((name, .secret(value))) }

    /// The body. Its size is known before its memory is taken, so no half-built copy is left behind.
    func encoded() -> SecretBytes {
        var count = max(0, fields.count - 1)
        for field in fields {
            count += PercentEncoding.encode(field.name).utf8.count + 1
            count += field.value.withBytes { PercentEncoding.encodedCount($0) }
        }
        return SecretBytes(count: count) { memory in
            var position = 0
            func put(_ byte: UInt8) {
                memory[position] = byte
                position += 1
            }
            for (index, field) in fields.enumerated() {
                if index > 0 { put(UInt8(ascii: "&")) }
                for byte in PercentEncoding.encode(field.name).utf8 { put(byte) }
                put(UInt8(ascii: "="))
                field.value.withBytes { PercentEncoding.encode($0, put) }
            }
        }
    }
}

/// Percent-encoding (RFC 3986, section 2.1) of all but the unreserved characters.
enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    static func encodedCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.reduce(0) { $0 + (isUnreserved($1) ? 1 : 3) }
    }

    static func encode(_ bytes: UnsafeRawBufferPointer, _ put: (UInt8) -> Void) {
        for byte in bytes {
            if isUnreserved(byte) {
                put(byte)
            } else {
                put(UInt8(ascii: "%"))
                put(digits[Int(byte >> 4)])
                put(digits[Int(byte & 15)])
            }
        }
    }

    /// - Parameter kept: further characters that stay as they are, such as `/` in a path.
    static func encode(_ text: String, keeping kept: String = "") -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) || kept.utf8.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
