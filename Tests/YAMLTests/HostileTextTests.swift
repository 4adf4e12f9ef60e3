import Diagnostics
import Testing
import YAML

@Suite struct HostileTextTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var text: String
        var expected: String
        var testDescription: String { expected }
    }

    private func firstProblem(_ bytes: [UInt8], limits: ParsingLimits = .standard) throws -> Diagnostic {
        let problems = #expect(throws: Problems.self) {
            try YAMLDocument.parse(bytes, file: "a.yaml", limits: limits)
        }
        return try #require(problems?.all.first)
    }

    private func summary(_ problem: Diagnostic) -> String {
        "\(problem.location?.line ?? 0):\(problem.location?.column ?? 0) \(problem.code)"
    }

    @Test(arguments: [
        Case(text: "a: [b\nc: d\n", expected: "2:2 yaml.syntax"),
        Case(text: "a: 'b\n", expected: "2:1 yaml.syntax"),
        Case(text: "a: b: c\n", expected: "1:5 yaml.syntax"),
        Case(text: "a:\n\tb: c\n", expected: "2:1 yaml.tab"),
        Case(text: "a: b\n---\nc: d\n", expected: "2:1 yaml.several-documents"),
        Case(text: "%YAML 1.3\n---\na: b\n", expected: "1:1 yaml.version"),
        Case(text: "a: *b\n", expected: "1:4 yaml.unknown-alias"),
        Case(text: "a: &b [*b]\n", expected: "1:8 yaml.recursive-alias"),
        Case(text: "ä: b\u{0}\n", expected: "1:5 yaml.control-character"),
        Case(text: "ok\na\u{2028}b\n", expected: "2:2 yaml.control-character"),
        Case(text: "a: \u{202E}b\n", expected: "1:4 yaml.control-character"),
        Case(text: "a: b\u{1B}[0m\n", expected: "1:5 yaml.control-character"),
        Case(text: "a: \u{FEFF}b\n", expected: "1:4 yaml.control-character"),
    ])
    func `refuses it at its place`(_ example: Case) throws {
        #expect(try summary(firstProblem(Array(example.text.utf8))) == example.expected)
    }

    @Test(
        arguments: [
            ([0x61, 0x0A, 0xC3, 0xA4, 0xFF], "2:2 yaml.encoding"),
            ([0x61, 0xC0, 0xAF], "1:2 yaml.encoding"),
            ([0x61, 0xED, 0xA0, 0x80], "1:2 yaml.encoding"),
            ([0x61, 0xE2, 0x82], "1:2 yaml.encoding"),
            ([0xFF, 0xFE, 0x61, 0x00], "1:1 yaml.encoding"),
            ([0xFE, 0xFF, 0x00, 0x61], "1:1 yaml.encoding"),
            ([0x61, 0x00, 0x3A, 0x00], "1:1 yaml.encoding"),
        ] as [([UInt8], String)])
    func `refuses bytes that are no UTF-8`(_ bytes: [UInt8], _ expected: String) throws {
        #expect(try summary(firstProblem(bytes)) == expected)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "a: [{b: "])
    func `stops at a hundred thousand open collections`(_ opener: String) throws {
        let text = String(repeating: opener, count: 100_000)
        #expect(try ["yaml.too-deep", "yaml.syntax"].contains(firstProblem(Array(text.utf8)).code))
    }

    @Test func `stops at a billion laughs`() throws {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        #expect(try firstProblem(Array(lines.joined(separator: "\n").utf8)).code == "yaml.alias-bomb")
    }

    @Test func `counts the depth that aliases add`() throws {
        var lines = ["a0: &a0 [x]"]
        for level in 1...40 { lines.append("a\(level): &a\(level) [*a\(level - 1)]") }
        #expect(try firstProblem(Array(lines.joined(separator: "\n").utf8)).code == "yaml.too-deep")
    }

    @Test func `stops at the limits of size and count`() throws {
        let limits = ParsingLimits(bytes: 100, depth: 4, nodes: 10, aliasedNodes: 5)
        let large = Array(String(repeating: "#", count: 101).utf8)
        #expect(try firstProblem(large, limits: limits).code == "yaml.too-large")
        let many = Array("[1,2,3,4,5,6,7,8,9,10]".utf8)
        #expect(try summary(firstProblem(many, limits: limits)) == "1:20 yaml.too-many-nodes")
    }

    @Test func `refuses a mebibyte of noise`() throws {
        var generator = Noise(state: 7)
        for _ in 0..<4 {
            let bytes = generator.bytes(1 << 20)
            #expect(try ["yaml.encoding", "yaml.control-character"].contains(firstProblem(bytes).code))
        }
    }

    @Test func `survives noise made of YAML's own characters`() {
        let alphabet = Array("ab:-[]{}&*!|>'\"%@?,#<\n\n  \t~0".utf8)
        var generator = Noise(state: 11)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...200, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            let (document, problems) = YAMLDocument.read(bytes, file: "a.yaml")
            #expect(document != nil || problems.hasErrors)
            #expect(problems.all.allSatisfy { $0.location != nil })
        }
    }

    @Test(arguments: [
        "password: 'hunter2\n", "a: {clientSecret: hunter2, a: [}\n", "\"Pass_Phrase\" : hunter2: x\n",
        "a: b: -----BEGIN KEY----- hunter2\n", "password: |\n    hunter2\n  \thunter2: [\n",
    ])
    func `does not show the line of a secret`(_ text: String) throws {
        let (_, problems) = YAMLDocument.read(Array(text.utf8), file: "a.yaml")
        #expect(problems.hasErrors)
        #expect(problems.all.allSatisfy { !$0.text.contains("hunter2") })
    }
}

/// A linear congruential generator: the same noise in every run.
struct Noise: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 31
    }

    /// So many bytes, eight at a time.
    mutating func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for offset in stride(from: 0, to: count - 7, by: 8) {
                UnsafeMutableRawBufferPointer(buffer).storeBytes(
                    of: next(), toByteOffset: offset, as: UInt64.self)
            }
            initialized = count / 8 * 8
        }
    }
}
