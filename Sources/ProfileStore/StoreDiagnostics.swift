internal import Diagnostics
internal import Posix

/// What can be wrong with the files that profiles come from. The codes are documented in `docs/errors.md`.
extension Diagnostic {
    static func pathNotFound(_ path: String, _ layer: ProfileLayerName) -> Diagnostic {
        return Diagnostic(
            "profiles.not-found", "there is no file or folder '\(path)'",
            remedy: layer == .environment
                ? "check the paths in BASTION_UP_PROFILES"
                : "check the path, given with --profiles or as FILE; a relative one starts where you are",
            exit: .noSuchProfile)
    }

    static func emptyFolder(_ path: String) -> Diagnostic {
        .warning(
            "profiles.empty-folder", "there is no profile file in '\(path)'",
            remedy: "profile files end in .yaml or .yml, and are not looked for in folders below")
    }

    static func unreadable(_ path: String, _ error: FileError, severity: Severity = .error) -> Diagnostic {
        let (code, reason, remedy) = explanation(of: error)
        var diagnostic = Diagnostic(code, "'\(path)' \(reason)", remedy: remedy)
        if severity == .warning {
            diagnostic = .warning(code, "'\(path)' \(reason), and is left out", remedy: remedy)
        }
        return diagnostic
    }

    private static func explanation(of error: FileError) -> (code: String, reason: String, remedy: String) {
        switch error.reason {
        case .notRegularFile, .notFolder, .symbolicLink:
            ("profiles.not-a-file", "is not a regular file", "give a YAML file, or a folder of them")
        case .tooLarge(let limit):
            ("profiles.too-large", "is larger than \(limit) bytes", "split it into several files")
        case .foreignOwner(let owner):
            ("profiles.foreign-file", "belongs to another user (\(owner))", "copy the file, or take it over")
        case .system(let failure):
            ("profiles.unreadable", "cannot be read: \(failure.reason)", "check the file and its permissions")
        case .openToOthers, .pathTooLong:
            ("profiles.unreadable", "cannot be read", "check the file and its permissions")
        }
    }

    static func tooManyFiles(_ folder: String, _ count: Int, _ limit: Int) -> Diagnostic {
        Diagnostic(
            "profiles.too-many-files", "'\(folder)' holds \(count) profile files, more than \(limit)",
            remedy: "put several profiles into one file, or give the files that you need")
    }

    static func notOwn(_ path: String, _ facts: FileFacts) -> Diagnostic {
        let reason = facts.isWritableByOthers ? "others may write it" : "user \(facts.owner) owns it"
        let remedy = facts.isWritableByOthers ? "chmod go-w '\(path)'" : "check who should own it"
        return .warning("profiles.not-own", "'\(path)' does not count as trusted: \(reason)", remedy: remedy)
    }

    static func foreignProject(_ folder: String, _ facts: FileFacts) -> Diagnostic {
        .warning(
            "profiles.foreign-project",
            "'\(folder)' belongs to another user (\(facts.owner)), and is left out",
            remedy: "give it with --profiles if you want it all the same")
    }
}
