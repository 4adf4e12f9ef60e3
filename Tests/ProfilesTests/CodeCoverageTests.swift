import FoundationEssentials
import Profiles
import Testing

/// Every code that the sources can emit is expected by some test.
@Suite struct CodeCoverageTests {
    /// Codes for what a test cannot bring about.
    private static let exempt: Set = ["yaml.no-memory"]

    @Test(arguments: ["YAML", "Profiles"])
    func `each code is in the corpus or in a unit test`(_ target: String) throws {
        let emitted = codes(in: "Sources/\(target)", ending: ".swift")
        let expected = codes(in: "Tests/Corpus/bad", ending: ".expected")
            .union(codes(in: "Tests/YAMLTests", ending: ".swift"))
            .union(codes(in: "Tests/ProfilesTests", ending: ".swift"))
        #expect(emitted.count > 5)
        #expect(emitted.subtracting(expected).subtracting(Self.exempt).sorted() == [])
    }

    private func codes(in folder: String, ending: String) -> Set<String> {
        let root = "\(Fixtures.root)/\(folder)"
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
        var found: Set<String> = []
        for path in paths where path.hasSuffix(ending) {
            guard let text = try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) else { continue }
            let isCode = { (character: Character) in
                character.isASCII
                    && (character.isLetter || character.isNumber || character == "." || character == "-")
            }
            for word in text.split(whereSeparator: { !isCode($0) }) {
                guard word.hasPrefix("profile.") || word.hasPrefix("yaml.") else { continue }
                // In sources a word with a dot may be an expression; a code stands in quotes.
                if !folder.hasPrefix("Sources") || text.contains("\"\(word)\"") { found.insert(String(word)) }
            }
        }
        return found
    }
}
