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
        profiles = Self.profiles(library, context, &problems)
        for file in library.files where !file.isReadable { problems.add(file.problems) }
        self.problems = problems
    }

    private static func profiles(
        _ library: ProfileLibrary, _ context: CommandContext, _ problems: inout Problems
    ) -> [ListedProfile] {
        let trust = problems.collect { () throws(Diagnostic) in
            try TrustLedger(reading: context.surroundings.directories)
        }
        let needsLook = library.files.contains { !$0.origin.isUserOwned || !$0.isReadable }
        return library.resolver.summaries().filter { !$0.isTemplate }.map { summary in
            var profile = ListedProfile(summary: summary, isUntrusted: false)
            guard needsLook, !summary.isShadowed, summary.problem == nil else { return profile }
            do throws(Problems) {
                let requests = try library.resolver.resolve(summary.name).gatedRequests
                profile.isUntrusted = !library.untrusted(requests, trust).isEmpty
            } catch {
                // A file that cannot be read may define this very name.
                profile.summary.problem = error.errors.first
            }
            return profile
        }
    }
}
