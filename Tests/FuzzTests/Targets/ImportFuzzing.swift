import Diagnostics
import Drafts
import Profiles

/// Foreign files that profiles are made from. The first byte says which kind it is taken for.
enum ImportFuzzing {
    static func broken(by bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        var request = ImportRequest(file: "given")
        let formats = ImportFormat.allCases
        request.format =
            Int(first) % (formats.count + 1) == 0 ? nil : formats[Int(first) % (formats.count + 1) - 1]
        request.folder = "/home/alice"
        request.takenNames = ["dev-linux"]
        do throws(Diagnostic) {
            let result = try Importer.read(Array(bytes.dropFirst()), request)
            return written(result)
        } catch {
            return error.remedy.isEmpty ? "a refusal without a way out" : nil
        }
    }

    /// What is made of it must be a profile file, whatever stood in it.
    private static func written(_ result: ImportResult) -> String? {
        if result.profiles.isEmpty { return "neither a draft nor a refusal" }
        if result.profiles.count > Importer.draftLimit { return "too many drafts" }
        var file = DraftFile()
        file.hosts = result.hosts
        file.profiles = result.profiles
        file.closing = result.warnings.map(\.text)
        let text = DraftWriter.text(file)
        let read = ProfileDecoder().decode(
            Array(text.utf8), origin: FileOrigin(label: "a.yaml", directory: "/", isUserOwned: true))
        guard read.isReadable else { return "what was written cannot be read:\n\(text)" }
        let (names, drafts) = (read.entries(.profiles).map(\.name), result.profiles.map(\.name))
        return names.sorted() == drafts.sorted() ? nil : "written \(drafts), read \(names):\n\(text)"
    }
}
