import Diagnostics
import Profiles
import YAML

/// A profile file, from its bytes to resolved profiles; and the same bytes as `config.yaml`.
enum YAMLFuzzing {
    private static let limits = ParsingLimits(
        bytes: 64 << 10, depth: 16, nodes: 2000, aliasedNodes: 500, problems: 50)
    private static let context = ResolutionContext(
        user: "alice", home: "/home/alice", environment: ["TEAM": "blue", "HOME": "/home/alice"])

    static func broken(by bytes: [UInt8]) -> String? {
        let origin = FileOrigin(label: "a.yaml", directory: "/etc/team", isUserOwned: bytes.count % 2 == 0)
        let (document, problems) = YAMLDocument.read(bytes, file: "a.yaml", limits: limits)
        if document == nil, !problems.hasErrors { return "neither a document nor an error" }
        if problems.all.contains(where: { $0.location == nil }) { return "a problem without a place" }
        let file = ProfileDecoder(commandNames: ["list"], limits: limits).decode(bytes, origin: origin)
        if problems.hasErrors, !file.problems.hasErrors, !hasErrors(file) { return "an error was lost" }
        _ = try? Configuration.decode(bytes, origin: origin, context: context)
        // Names in a file that cannot be read as a whole are refused for its sake.
        return file.isReadable ? resolve(file) : nil
    }

    private static func hasErrors(_ file: ProfileFile) -> Bool {
        Section.allCases.contains { file.entries($0).contains { $0.problems.hasErrors } }
    }

    /// What the list shows as usable can be used, and the rest cannot.
    private static func resolve(_ file: ProfileFile) -> String? {
        let resolver = ProfileResolver(
            layers: [ProfileLayer([file])], configuration: Configuration(), context: context)
        _ = resolver.validate()
        for summary in resolver.summaries() where !summary.isTemplate {
            do throws(Problems) {
                _ = try resolver.resolve(summary.name)
                if let problem = summary.problem { return "it resolves, and is listed with \(problem.text)" }
            } catch {
                if !error.hasErrors { return "it is refused without an error" }
                if summary.problem == nil { return "it is listed, and refused with \(error.all.map(\.text))" }
            }
        }
        return nil
    }
}
