import Diagnostics
import Profiles

extension Rule {
    /// `plan.rdp-drive`: a folder that cannot be shared. `plan.rdp-keyboard`: a layout that FreeRDP does not know.
    static let rdpSettings = Rule { question, problems in
        guard question.client == .xfreerdp else { return }
        let rdp = question.profile.rdp
        for drive in rdp.drives {
            let place = question.place("rdp.drives.\(drive.name)")
            if drive.path.unicodeScalars.contains(where: { $0 == "," || $0 == "\"" }) {
                problems.add(
                    Diagnostic(
                        "plan.rdp-drive",
                        "the folder '\(drive.path)' cannot be shared: FreeRDP takes no comma or quotation mark",
                        remedy: "share a folder above it, or a symbolic link to it", at: place,
                        exit: .configuration))
            } else if question.facts.missingFolders.contains(drive.path) {
                problems.add(
                    Diagnostic(
                        "plan.rdp-drive", "the folder '\(drive.path)' to share does not exist",
                        remedy: "make it, or correct rdp.drives.\(drive.name)", at: place,
                        exit: .configuration))
            }
        }
        if let keyboard = rdp.keyboard, KeyboardLayout.argument(keyboard) == nil {
            problems.add(
                Diagnostic(
                    "plan.rdp-keyboard", "the keyboard layout '\(keyboard)' is not known",
                    remedy: "write a country's code such as de, or Windows' number such as 0x00000407",
                    at: question.place("rdp.keyboard"), exit: .configuration))
        }
    }

    /// `plan.rdp-with-key`: RDP knows no ssh keys. What Entra sign-in needs: `plan.rdp-entra-client`,
    /// `plan.rdp-entra-name`; `plan.rdp-entra-unverified` (warning).
    static let rdpSignIn = Rule { question, problems in
        guard question.client == .xfreerdp else { return }
        let place = question.place("auth.type")
        switch question.profile.authentication.method {
        case .none, .password: break
        case .sshKey:
            problems.add(
                Diagnostic(
                    "plan.rdp-with-key",
                    "an ssh key does not sign in to the desktop of '\(question.profile.name)'",
                    remedy: "set auth.type to password, or leave auth out to be asked", at: place,
                    exit: .configuration))
        case .entra: checkEntra(question, &problems)
        }
    }

    private static func checkEntra(_ question: Question, _ problems: inout Problems) {
        let place = question.place("auth.type")
        if question.profile.rdp.computerName == nil {
            problems.add(
                Diagnostic(
                    "plan.rdp-entra-name", "Entra sign-in to a desktop needs the target's computer name",
                    remedy: "set rdp.computerName to the name that the machine has in Entra ID", at: place,
                    exit: .configuration))
        }
        guard let client = try? FreeRDPClient.choose(from: question.facts) else { return }
        if FreeRDPCapabilities(client.version).hasEntra {
            problems.add(
                .warning(
                    "plan.rdp-entra-unverified",
                    "Entra sign-in to a desktop was not verified against the service",
                    remedy: "if it fails, set auth.type to password", at: place))
        } else {
            problems.add(
                Diagnostic(
                    "plan.rdp-entra-client",
                    "\(client.path) is FreeRDP \(client.version.major), which cannot sign in with Entra ID",
                    remedy: "install FreeRDP 3, or set auth.type to password", at: place, exit: .unavailable))
        }
    }

    /// `plan.rdp-argument`: what is added to FreeRDP's command line must not undo what holds the session together.
    static let rdpArguments = Rule { question, problems in
        guard question.client == .xfreerdp, case .connect(let arguments, _) = question.request else { return }
        for text in arguments {
            guard let refusal = FreeRDPArgument(text: text).refusal else { continue }
            // A secret is not repeated.
            let name = text.prefix { $0 != ":" && $0 != "=" }
            let message: String
            let remedy: String
            switch refusal {
            case .secret:
                message = "'\(name)' would show a secret to every program on this machine"
                remedy = "store the password with: bastion-up secret set \(question.profile.name)"
            case .ours:
                message = "'\(name)' is for bastion-up to set"
                remedy = "leave it out; auth and rdp in the profile say as whom and what is trusted"
            case .unreadable:
                message = "'\(name)' is no option that FreeRDP could be given"
                remedy = "write options after -- as FreeRDP has them, such as /scale:140"
            }
            problems.add(Diagnostic("plan.rdp-argument", message, remedy: remedy, exit: .usage))
        }
    }
}
