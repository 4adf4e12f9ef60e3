package import Diagnostics

/// One YAML file as a tree in which every node knows its place.
///
/// The reader takes the YAML 1.1 that libyaml reads, less what is a trap in a file that people share: one document,
/// no tags, no merge keys, no duplicate keys, only text as keys. Aliases are followed, and what they repeat is counted.
package struct YAMLDocument: Sendable {
    package let source: SourceText
    /// Nil for a file that is empty or holds comments only.
    package let root: YAMLNode?

    /// Reads a file that must be without fault.
    ///
    /// - Throws: all problems, each with its place and line; codes begin with `yaml.`.
    package static func parse(_ bytes: [UInt8], file: String, limits: ParsingLimits = .standard)
        throws(Problems) -> YAMLDocument
    {
        let (document, problems) = read(bytes, file: file, limits: limits)
        guard let document, !problems.hasErrors else { throw problems }
        return document
    }

    /// Reads as much as can be read: a document whose keys or tags are at fault still has all its nodes, so that
    /// what is wrong with their meaning can be said in the same run. No document where the text cannot be parsed.
    package static func read(_ bytes: [UInt8], file: String, limits: ParsingLimits = .standard)
        -> (document: YAMLDocument?, problems: Problems)
    {
        let source = SourceText(bytes, file: file)
        guard bytes.count <= limits.bytes else { return (nil, Problems(tooLarge(file, limits))) }
        var problems = Problems()
        let root: YAMLNode??
        do throws(Diagnostic) {
            try CharacterCheck.check(source)
            root = try readTree(source, limits, &problems)
        } catch {
            problems.add(error)
            root = nil
        }
        let document = root.map { YAMLDocument(source: source, root: $0) }
        return (document, Problems(source.attachLines(to: problems.all)))
    }

    /// Whether a byte stands in the text of any scalar, after quotes and escapes.
    package func holdsInText(_ byte: UInt8) -> Bool { root?.storage.text.contains(byte) ?? false }

    /// Nil when a limit ended the work; else the root, which is nil for an empty file.
    private static func readTree(_ source: SourceText, _ limits: ParsingLimits, _ problems: inout Problems)
        throws(Diagnostic) -> YAMLNode??
    {
        var builder = TreeBuilder(file: source.file, limits: limits, expectedBytes: source.bytes.count)
        defer { problems.add(builder.problems) }
        try source.bytes.withUnsafeBufferPointer { bytes throws(Diagnostic) in
            let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            let text = UnsafeBufferPointer(rebasing: bytes[start...])
            var events = try EventParser(borrowing: text, file: source.file)
            while !builder.isFinished, !builder.isExhausted {
                try events.next { event in builder.take(event) }
            }
        }
        guard !builder.isExhausted else { return nil }
        let storage = NodeStorage(file: source.file, records: builder.records, text: builder.text)
        return .some(storage.records.isEmpty ? nil : YAMLNode(storage, at: 0))
    }

    private static func tooLarge(_ file: String, _ limits: ParsingLimits) -> Diagnostic {
        Diagnostic(
            "yaml.too-large", "the file is larger than \(limits.bytes >> 10) KiB",
            remedy: "split it into several files", at: SourceLocation(file: file, line: 1, column: 1))
    }
}
