internal import Diagnostics
internal import Planning
internal import Posix
internal import SessionRuntime

/// `cp SRC… DST`: between this machine and the target of one profile.
struct CopyCommand: Command {
    let profile: String
    let copy: FileCopy
    private let display: SessionDisplay

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        display = try SessionDisplay(arguments)
        let words = arguments.words + (arguments.rest ?? [])
        guard words.count >= 2, let last = words.last else {
            throw Diagnostic(
                "usage.word-count", "'cp' needs SRC… DST",
                remedy: "'bastion-up help cp' shows how it is used",
                exit: .usage)
        }
        var sources: [CopyOperand] = []
        for word in words.dropLast() { sources.append(try CopyOperand(word)) }
        let (profile, direction, paths) = try Self.sides(sources, try CopyOperand(last))
        self.profile = profile
        copy = FileCopy(
            direction, Array(paths.dropLast()), to: paths.last ?? "",
            by: arguments.has("--rsync") ? .rsync : .scp, isRecursive: arguments.has("-r"),
            keepsTimes: arguments.has("-p"))
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        if copy.direction == .toTarget { try checkSources(in: context.surroundings.workingFolder) }
        let session = SessionCommand(name: profile, request: .copy(copy, isQuiet: display.isQuiet))
        do { return try await display.run(session, in: context) } catch {
            throw Problems(error.all.map(mayBeLocal))
        }
    }

    /// What is not there, and what scp would leave out, is said before anything is opened.
    /// - Throws: `copy.no-such-file`, `copy.folder` (65), one for each source.
    private func checkSources(in folder: String) throws(Problems) {
        var problems = Problems()
        for source in copy.sources {
            let path = FilePath.isAbsolute(source) ? source : FilePath.join(folder, source)
            do throws(FileError) {
                let facts = try FileFacts(of: path)
                guard facts.kind == .folder, copy.tool == .scp, !copy.isRecursive else { continue }
                problems.add(
                    Diagnostic("copy.folder", "'\(source)' is a folder", remedy: "give -r to copy it"))
            } catch  where error.isMissing {
                problems.add(
                    Diagnostic(
                        "copy.no-such-file", "there is no '\(source)' on this machine",
                        remedy: "check the name; one of a target is written NAME:path"))
            } catch {
                // What else may be the matter with it, the program that reads it says best.
            }
        }
        try problems.throwIfAny()
    }

    /// The profile, which way it goes, and all paths without the profile's name.
    private static func sides(_ sources: [CopyOperand], _ destination: CopyOperand) throws(Diagnostic)
        -> (profile: String, direction: FileCopy.Direction, paths: [String])
    {
        var (names, theirs, ours): ([String], [String], [String]) = ([], [], [])
        for source in sources {
            switch source {
            case .local(let path): ours.append(path)
            case .remote(let name, let path):
                theirs.append(path)
                if !names.contains(name) { names.append(name) }
            }
        }
        switch destination {
        case .remote(let name, let path):
            guard theirs.isEmpty else {
                throw refusal(
                    "both sides are on targets",
                    names == [name]
                        ? "copy on the target itself: bastion-up \(name) -- cp …"
                        : "copy to this machine first, and from here to '\(name)'")
            }
            return (name, .toTarget, ours + [path])
        case .local(let path):
            guard let name = names.first else {
                throw refusal("neither side is on a target", "write NAME:path, NAME being a profile")
            }
            guard names.count == 1 else {
                throw refusal(
                    "'\(names[0])' and '\(names[1])' are two targets", "copy from one profile at a time")
            }
            guard ours.isEmpty else {
                throw refusal("'\(ours[0])' and '\(path)' are both on this machine", "leave it to cp(1)")
            }
            return (name, .fromTarget, theirs + [path])
        }
    }

    private static func refusal(_ message: String, _ remedy: String) -> Diagnostic {
        Diagnostic("usage.copy-sides", message, remedy: remedy, exit: .usage)
    }

    /// What has a colon may have been meant as a file of this machine.
    private func mayBeLocal(_ problem: Diagnostic) -> Diagnostic {
        guard problem.code == "profile.not-found" else { return problem }
        var problem = problem
        let hint = "a name on this machine that has a colon is written ./\(profile):…"
        problem.remedy = problem.remedy.isEmpty ? hint : "\(problem.remedy) \(hint)"
        return problem
    }
}
