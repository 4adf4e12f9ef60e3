internal import Diagnostics
internal import Posix
internal import Profiles
internal import SessionRuntime

/// `list`: every profile, those that are shadowed, untrusted or unusable marked; templates are left out.
///
/// What cannot be read is said on standard error, and the rest is listed all the same. The exit status is then that
/// of the first such problem, since profiles may be missing. A profile that merely cannot be used changes nothing.
struct ListCommand: Command {
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) { isJSON = try arguments.isJSON() }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let listing = ProfileListing(reading: context)
        let (profiles, problems) = (listing.profiles, listing.problems)
        let renderer = ProfileListRenderer(shownPath: context.shown)
        if isJSON {
            context.print(renderer.json(profiles))
        } else if !profiles.isEmpty {
            context.print(renderer.text(profiles, width: context.conversation.width, style: context.style))
        }
        for warning in problems.warnings { context.note(warning.text) }
        for error in problems.errors { context.say(error.text) }
        hint(profiles, problems, context)
        return problems.exit
    }

    private func hint(_ profiles: [ListedProfile], _ problems: Problems, _ context: CommandContext) {
        if isJSON { return }
        if profiles.isEmpty, !problems.hasErrors {
            let folder = context.shown(context.surroundings.directories.configuration) + "/profiles"
            context.note(Self.firstSteps(folder))
        } else {
            if profiles.contains(where: { $0.summary.problem != nil && !$0.summary.isShadowed }) {
                context.note("hint: 'bastion-up validate' says why a profile is unusable")
            }
            if profiles.contains(where: \.isUntrusted) {
                context.note("hint: 'bastion-up trust' shows which files need your trust")
            }
        }
    }

    /// What to do where there are no profiles.
    static func firstSteps(_ folder: String) -> String {
        """
        There are no profiles yet. 'bastion-up init' writes the first one and asks what it needs.
        Or write it to \(folder)/azure.yaml, like this:

        \(example.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))

        Then 'bastion-up validate' checks it, 'bastion-up plan dev-vm' shows what would happen,
        and 'bastion-up dev-vm' connects.
        """
    }

    /// The shortest profile file that is of use.
    static let example = """
        version: 1
        hosts:
          hub: {name: bas-hub, resourceGroup: rg-hub, subscription: 00000000-0000-0000-0000-000000000000}
        profiles:
          dev-vm:
            host: hub
            target: {vm: vm-dev, resourceGroup: rg-dev}
            auth: {type: ssh-key, key: ~/.ssh/id_ed25519, username: azureuser}

        """
}
