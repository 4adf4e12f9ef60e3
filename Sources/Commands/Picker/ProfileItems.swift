internal import Diagnostics
internal import Profiles
internal import SessionRuntime
internal import Terminal

/// The profiles as a picker shows them.
struct ProfileItems: Sendable {
    let items: [PickerItem]
    /// That files are missing from the list; nil where none is.
    let notice: String?

    init(_ context: CommandContext) {
        let listing = ProfileListing(reading: context)
        items = listing.profiles.map { Self.item($0, context) }
        let count = listing.problems.errors.count
        notice = count == 0 ? nil : "\(String.counted(count, "problem")): see 'bastion-up validate'"
    }

    private static func item(_ profile: ListedProfile, _ context: CommandContext) -> PickerItem {
        let summary = profile.summary
        let tags = summary.tags.map { "#\($0)" }.joined(separator: " ")
        let client = [summary.client, summary.auth.map { "(\($0))" }].compactMap { $0 }.joined(separator: " ")
        let file = "\(context.shown(summary.location.file)):\(summary.location.line)"
        var details = [
            PickerItem.Detail("about", summary.description ?? "-"),
            PickerItem.Detail("target", summary.target ?? "-"),
            PickerItem.Detail("bastion", summary.host ?? "-"),
            PickerItem.Detail("client", client.isEmpty ? "-" : client),
            PickerItem.Detail("tags", summary.tags.isEmpty ? "-" : summary.tags.joined(separator: ", ")),
            PickerItem.Detail("file", file),
        ]
        if let note = note(profile) { details.insert(PickerItem.Detail("note", note), at: 0) }
        return PickerItem(
            name: summary.name, place: summary.target ?? "",
            summary: [summary.description ?? "", tags].filter { !$0.isEmpty }.joined(separator: "  "),
            mark: profile.marks.joined(separator: ", "), details: details,
            refusal: summary.isShadowed ? "another '\(summary.name)' stands above this one" : nil)
    }

    private static func note(_ profile: ListedProfile) -> String? {
        if profile.summary.isShadowed { return "shadowed by the '\(profile.summary.name)' of a higher layer" }
        if let problem = profile.summary.problem { return "unusable: \(problem.message)" }
        return profile.isUntrusted ? "untrusted: 'bastion-up trust' shows what it asks for" : nil
    }
}
