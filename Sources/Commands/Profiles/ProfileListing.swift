internal import Diagnostics
internal import ProfileStore
internal import Profiles
internal import SessionRuntime

/// A profile as `list` and the picker show it.
struct ListedProfile: Sendable {
    var summary: ProfileSummary
    /// It asks for something, in a file that is not trusted.
    var isUntrusted: Bool

    /// Why it may not be what it seems: at most one word each for hidden, broken and untrusted.
    var marks: [String] {
        var marks: [String] = []
        if summary.isShadowed { marks.append("shadowed") }
        if summary.problem != nil { marks.append("unusable") }
        if isUntrusted { marks.append("untrusted") }
        return marks
    }
}

/// All profiles that can be read, and what is wrong with the rest.
struct ProfileListing: Sendable {
    /// Templates are left out.
    let profiles: [ListedProfile]
    let problems: Problems

    init(reading context: CommandContext) {
        let library = ProfileLibrary(reading: context)
        var problems = library.problems
        profiles = Self.profiles(library, &problems)
        for file in library.files where !file.isReadable { problems.add(file.problems) }
        self.problems = problems
    }

    private static func profiles(_ library: ProfileLibrary, _ problems: inout Problems) -> [ListedProfile] {
        _ = problems.collect { () throws(Diagnostic) in try library.trust.ledger() }
        return library.resolver.summaries().compactMap { summary in
            guard !summary.isTemplate else { return nil }
            let needsTrust = !summary.isShadowed && summary.problem == nil
            return ListedProfile(
                summary: summary,
                isUntrusted: needsTrust && !library.trust.untrusted(summary.gatedRequests).isEmpty)
        }
    }
}
