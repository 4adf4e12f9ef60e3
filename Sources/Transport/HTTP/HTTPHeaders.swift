/// The fields of a message, in order; names compare without regard to case.
package struct HTTPHeaders: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package private(set) var fields: [Field] = []

    package init() {}

    /// The first value of a field; setting it replaces all of them, nil removes them.
    package subscript(name: String) -> String? {
        get { fields.first { Self.same($0.name, name) }?.value }
        set {
            fields.removeAll { Self.same($0.name, name) }
            if let newValue { add(name, newValue) }
        }
    }

    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The values of all fields of a name.
    package func values(of name: String) -> [String] {
        fields.lazy.filter { Self.same($0.name, name) }.map(\.value)
    }

    /// Whether a comma-separated list, over all fields of the name, holds the word (in any case).
    package func lists(_ word: String, in name: String) -> Bool {
        words(of: name).contains { Self.same($0, word) }
    }

    /// The members of a comma-separated list over all fields of the name.
    /// - Parameter droppingEmpty: whether members without text are passed over (RFC 9110, section 5.6.1.2).
    package func words(of name: String, droppingEmpty: Bool = true) -> [String] {
        values(of: name).flatMap { value in
            value.split(separator: ",", omittingEmptySubsequences: false).map { Self.trimmed(String($0)) }
                .filter { !droppingEmpty || !$0.isEmpty }
        }
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8) { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func trimmed(_ text: String) -> String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: blank).reversed().drop(while: blank).reversed())
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }
}

/// The character classes of RFC 9110.
enum HTTPText {
    /// A method or field name (section 5.6.2).
    static func isToken(_ text: some Sequence<UInt8>) -> Bool {
        var count = 0
        for byte in text {
            guard isTokenByte(byte) else { return false }
            count += 1
        }
        return count > 0
    }

    /// A field value (section 5.5): no control characters but the tab.
    static func isValue(_ text: some Sequence<UInt8>) -> Bool {
        text.allSatisfy { $0 == 9 || ($0 >= 0x20 && $0 != 0x7F) }
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
