import Diagnostics
import Profiles

extension Rule {
    /// `plan.files-without-ssh`: files are copied over ssh, and the profile's port is not that of an ssh server.
    static let fileTransfer = Rule { question, problems in
        switch question.request {
        case .copy, .sftp: break
        case .connect, .tunnel, .proxy, .learnHostKey: return
        }
        let profile = question.profile
        switch profile.client {
        case .ssh, .putty, .none: return
        case .xfreerdp, .command: break
        }
        let remedy =
            profile.client == .xfreerdp
            ? "share a folder with rdp.drives, or copy with a profile whose client is ssh"
            : "copy with a profile whose client is ssh"
        problems.add(
            Diagnostic(
                "plan.files-without-ssh",
                "files are copied over ssh, and profile '\(profile.name)' is for \(profile.client.name)",
                remedy: remedy, at: question.place("client"), exit: .configuration))
    }
}
