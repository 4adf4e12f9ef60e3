internal import Diagnostics
internal import Profiles

/// `show NAME`: a profile after all files and `extends`, each value with its place. Also a template, and a profile
/// that cannot be used: what is wrong with it stands on standard error, and decides the exit status.
struct ShowCommand: Command {
    private let name: String
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        isJSON = try arguments.isJSON()
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let library = try ProfileLibrary(context)
        let settings = try library.resolver.settings(of: name)
        context.print(isJSON ? SettingsJSON.document(name, settings) : settings.yaml)
        do {
            for warning in try library.resolver.resolve(name).warnings { context.note(warning.text) }
            return .success
        } catch {
            if let template = error.all.first(where: { $0.code == "profile.is-template" }) {
                context.note(template.message)
                return .success
            }
            throw error
        }
    }
}

/// Resolved settings for programs: the values as they would stand in a profile file, and their places by key path.
enum SettingsJSON {
    static func document(_ name: String, _ settings: ResolvedSettings) -> String {
        let top = Setting(.map(settings.top))
        var places: [JSON.Member] = []
        collect(top, "", &places)
        return JSON.members([
            "name": .text(name), "settings": value(top), "places": .object(places),
        ]).indented() + "\n"
    }

    private static func value(_ setting: Setting) -> JSON {
        switch setting.value {
        case .null: .null
        case .list(let items): .list(items.map(value))
        case .map(let map):
            .object(map.entries.map { JSON.Member(name: $0.key, value: value($0.setting)) })
        case .text(let text, _):
            switch setting.coreScalar {
            case .boolean(let value): .boolean(value)
            case .integer(let value): .integer(value)
            case .text, nil: .text(text)
            }
        }
    }

    /// Defaults have no place, maps and lists only those of what is in them.
    private static func collect(_ setting: Setting, _ path: String, _ places: inout [JSON.Member]) {
        switch setting.value {
        case .map(let map):
            for entry in map.entries {
                collect(entry.setting, path.isEmpty ? entry.key : "\(path).\(entry.key)", &places)
            }
        case .list(let items):
            for (index, item) in items.enumerated() { collect(item, "\(path)[\(index)]", &places) }
        case .text, .null:
            guard let place = setting.location else { return }
            let value = JSON.members([
                "file": .text(place.file), "line": .integer(place.line), "column": .integer(place.column),
            ])
            places.append(JSON.Member(name: path, value: value))
        }
    }
}
