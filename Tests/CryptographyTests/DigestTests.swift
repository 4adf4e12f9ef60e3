import Cryptography
import Posix
import Testing

@Suite struct DigestTests {
    /// FIPS 180-2, appendices A and B, and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `computes SHA-256`(_ text: String, _ expected: String) {
        #expect(Hex.encode(Digest.sha256(text.utf8)) == expected)
    }

    @Test func `computes SHA-1`() {
        #expect(Hex.encode(Digest.sha1("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test(arguments: ["0", "0g", "+1", "é0", " 00"])
    func `refuses what is not hexadecimal`(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func `reads hexadecimal of either case`() {
        #expect(Hex.decode("00fFA9") == [0, 255, 0xA9])
    }

    @Test func `compares without telling where the difference is`() {
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
        #expect(ConstantTime.equal([], []))
    }
}

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func `encodes and decodes`(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        let short = String(encoded.prefix { $0 != "=" })
        #expect(Base64.encodeForURL(plain.utf8) == short)
        #expect(Base64.decodeFromURL(short) == Array(plain.utf8))
        #expect(Base64.decodeFromURL(encoded) == Array(plain.utf8))
    }

    @Test func `has another alphabet for URLs`() {
        let bytes: [UInt8] = [0xFB, 0xEF, 0xFF, 0xFE]
        #expect(Base64.encode(bytes) == "++///g==")
        #expect(Base64.encodeForURL(bytes) == "--___g")
        #expect(Base64.decodeFromURL("--___g") == bytes)
        #expect(Base64.decodeFromURL("++///g") == nil)
        #expect(Base64.decode("--___g==") == nil)
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "====", "Z===", "=Zg=", "Zm9v\n", " Zm9v", "Zm=v", "Zm9vé"])
    func `refuses text that is none`(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: 0...100)
    func `survives the round trip at every length`(_ count: Int) {
        let bytes = RandomBytes.generate(count)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Base64.decodeFromURL(Base64.encodeForURL(bytes)) == bytes)
    }
}

extension Base64Tests {
    @Test(arguments: vectors)
    func `does the same for secrets`(_ plain: String, _ text: String) {
        let secret = SecretBytes(copying: Array(plain.utf8))
        #expect(Base64.encode(secret).withBytes { Array($0) } == Array(text.utf8))
        // Empty text is no secret.
        let decoded = Base64.decode(secret: SecretBytes(copying: Array(text.utf8)))
        #expect(decoded?.withBytes { Array($0) } == (plain.isEmpty ? nil : Array(plain.utf8)))
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "====", "Z===", "=Zg=", "Zm9v\n", " Zm9v", "Zm=v"])
    func `refuses the same for secrets`(_ text: String) {
        #expect(Base64.decode(secret: SecretBytes(copying: Array(text.utf8))) == nil)
    }
}

@Suite struct RandomBytesTests {
    @Test func `does not repeat itself`() {
        #expect(RandomBytes.generate(32) != RandomBytes.generate(32))
        #expect(RandomBytes.generate(0).isEmpty)
    }

    @Test func `gives each mask key out once, across refills`() {
        var pool = MaskKeyPool()
        let keys = (0..<3000).map { _ in pool.take() }
        // 3000 of 2^32: two equal ones come up about once in a thousand runs, three pairs never.
        #expect(Set(keys).count >= 2998)
    }
}
