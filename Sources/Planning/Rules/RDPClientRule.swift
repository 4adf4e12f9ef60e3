import Diagnostics
import Profiles

extension Rule {
    /// Before this release there is no `/cert:` with fingerprints.
    private static let oldest = FreeRDPVersion(major: 2, minor: 0)

    /// `plan.client-missing`, `plan.client-too-old`: FreeRDP.
    /// `plan.client-unchecked` (warning): its release is only known by its name.
    static let rdpClient = Rule { question, problems in
        guard question.client == .xfreerdp else { return }
        do throws(FreeRDPClient.Lack) {
            let client = try FreeRDPClient.choose(from: question.facts)
            if client.version < oldest {
                problems.add(
                    Diagnostic(
                        "plan.client-too-old", "\(client.path) is older than FreeRDP 2",
                        remedy: "install FreeRDP 2 or 3", at: question.place("client"), exit: .unavailable))
            } else if !client.isChecked {
                problems.add(
                    .warning(
                        "plan.client-unchecked",
                        "\(client.path) was not asked which release it is: by its name FreeRDP \(client.version.major)",
                        remedy: "it is asked when you connect", at: question.place("client")))
            }
        } catch { problems.add(diagnostic(error, question)) }
    }

    /// `plan.no-display`: a desktop needs a screen. The plan can be shown all the same.
    static func displayRefusal(_ question: Question) -> [Diagnostic] {
        guard question.client == .xfreerdp, question.facts.displays.isEmpty else { return [] }
        let name = question.profile.name
        return [
            Diagnostic(
                "plan.no-display", "there is no screen to show the desktop of '\(name)' on",
                remedy: "connect from a graphical session (DISPLAY or WAYLAND_DISPLAY must be set), "
                    + "or use 'bastion-up tunnel \(name)'",
                at: question.place("client"), exit: .unavailable)
        ]
    }

    private static func diagnostic(_ lack: FreeRDPClient.Lack, _ question: Question) -> Diagnostic {
        let place = question.place("client")
        switch lack {
        case .program:
            return Diagnostic(
                "plan.client-missing", "no FreeRDP client was found",
                remedy: "install it: freerdp3-x11 or freerdp2-x11 (Debian, Ubuntu), freerdp (Fedora, Arch)",
                at: place, exit: .unavailable)
        case .preferred(let program):
            return Diagnostic(
                "plan.client-missing", "the program '\(program)', which config.yaml names, was not found",
                remedy: "install it, or correct client.xfreerdp in config.yaml", at: place, exit: .unavailable
            )
        }
    }
}
