import FoundationEssentials
import Profiles
import Testing

@Suite struct ProfileSchemaTests {
    private static let path = "schemas/profiles.schema.json"

    /// With `UPDATE_EXPECTED=1` in the environment the file is written anew.
    @Test func `the checked-in schema is what the table of keys says`() throws {
        if ProcessInfo.processInfo.environment["UPDATE_EXPECTED"] != nil {
            let file = "\(Fixtures.root)/\(Self.path)"
            try ProfileSchema.json.write(toFile: file, atomically: true, encoding: .utf8)
        }
        #expect(String(decoding: try Fixtures.read(Self.path), as: UTF8.self) == ProfileSchema.json)
    }

    @Test func `every key has a description and a path that leads to it`() {
        for key in KeyTable.profileFile + KeyTable.configurationFile {
            #expect(!key.summary.isEmpty, "\(key.path)")
        }
        let paths = KeyTable.profileFile.map(\.path)
        #expect(Set(paths).count == paths.count)
        #expect(reachable(.profiles) == paths.count)
        #expect(reachable(.configuration) == KeyTable.configurationFile.count)
    }

    private func reachable(_ tree: KeyTree) -> Int { tree.children.reduce(0) { $0 + 1 + reachable($1) } }
}
