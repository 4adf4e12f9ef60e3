package import Diagnostics
internal import YAML

/// The user's own defaults: `config.yaml`.
package struct Configuration: Hashable, Sendable {
    /// A team source of profiles.
    package struct Source: Hashable, Sendable {
        package enum Place: Hashable, Sendable {
            /// An absolute folder.
            case folder(String)
            case git(url: String, branch: String?, folder: String?)
        }
        package var name: String?
        package var place: Place
    }

    package var account: String?
    package var username: String?
    /// Login names by the short name of the bastion host.
    package var usernames: [String: String] = [:]
    /// In order; the first one wins.
    package var sources: [Source] = []
    /// Client programs by the client's word in a profile (`ssh`, `xfreerdp`, `putty`).
    package var clientPrograms: [String: String] = [:]
    /// All values with their places.
    package var settings = SettingMap()

    package init() {}

    /// Reads the file. What is wrong stands in the problems; a configuration comes back only without errors.
    package static func decode(_ bytes: [UInt8], origin: FileOrigin, context: ResolutionContext)
        throws(Problems) -> (configuration: Configuration, warnings: [Diagnostic])
    {
        let (document, syntaxProblems) = YAMLDocument.read(bytes, file: origin.label)
        guard let document else { throw syntaxProblems }
        var checker = ShapeChecker(commandNames: [], limit: ParsingLimits.standard.problems)
        checker.checkConfiguration(document)
        var found = syntaxProblems.all.map { $0.hidingLine(in: checker.hiddenLines) } + checker.problems.all
        var settings = document.root.flatMap { Setting($0, from: 0).map } ?? SettingMap()
        settings = Merge.withoutNulls(settings)
        if !Problems(found).hasErrors {
            var interpolator = Interpolator(context: context) { _ in origin.directory }
            interpolator.apply(to: &settings, .configuration)
            found += interpolator.problems
        }
        let problems = Problems(
            document.source.attachLines(to: found, hiding: checker.hiddenLines).sortedByPlace())
        try problems.throwIfAny()
        return (Configuration(settings), problems.warnings)
    }

    /// - Parameter settings: checked and with placeholders replaced. Their origin is forgotten: no profile's file.
    private init(_ settings: SettingMap) {
        self.settings = settings
        account = settings.text("account")
        username = settings.text("username")
        for host in settings.map("hosts").entries { usernames[host.key] = host.setting.map?.text("username") }
        sources = (settings["sources"]?.list ?? []).compactMap(\.map).compactMap(Self.source)
        for client in settings.map("client").entries { clientPrograms[client.key] = client.setting.text }
    }

    private static func source(_ map: SettingMap) -> Source? {
        if let path = map.text("path") { return Source(name: map.text("name"), place: .folder(path)) }
        guard let url = map.text("git") else { return nil }
        return Source(
            name: map.text("name"),
            place: .git(url: url, branch: map.text("branch"), folder: map.text("folder")))
    }

    /// The login name for targets behind a host, as a setting with its place.
    func usernameSetting(host: String?) -> Setting? {
        let own = host.flatMap { settings.map("hosts").map($0)["username"] }
        return (own ?? settings["username"]).map { Setting($0.value, at: $0.location) }
    }
}
