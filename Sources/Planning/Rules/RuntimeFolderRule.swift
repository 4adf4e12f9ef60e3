import Diagnostics
import Profiles

extension Rule {
    /// Bytes that the path of a unix socket may have (unix(7): 108 with the zero byte).
    private static let longestSocketPath = 107
    /// Bytes kept for what a session adds to the folder: `/`, its own folder's name, `/`, the socket's name.
    private static let sessionPart = 32

    /// `plan.runtime-folder-too-long`: a session's private sockets need paths that the system takes.
    static let runtimeFolder = Rule { question, problems in
        let folder = question.facts.runtimeFolder
        guard question.launchesSSH, folder.utf8.count > longestSocketPath - sessionPart else { return }
        problems.add(
            Diagnostic(
                "plan.runtime-folder-too-long", "the path \(folder) is too long to hold a socket",
                remedy: "set XDG_RUNTIME_DIR to a shorter one, such as /run/user/UID", exit: .systemError))
    }
}
