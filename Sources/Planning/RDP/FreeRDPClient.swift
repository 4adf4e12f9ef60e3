/// The FreeRDP client to launch, and which release it is.
package struct FreeRDPClient: Hashable, Sendable {
    /// What the client is called: in the plan, and in messages.
    package var name: String
    /// Absolute.
    package var path: String
    /// As the client said, or else as its name suggests.
    package var version: FreeRDPVersion
    /// Whether the client was asked for its version.
    package var isChecked: Bool

    /// FreeRDP's clients by the screens that they draw on, the names of the distributions first to last.
    private static let forX11 = ["xfreerdp3", "xfreerdp"]
    private static let forBoth = ["sdl-freerdp3", "sdl-freerdp"]
    private static let forWayland = ["wlfreerdp3", "wlfreerdp"]

    /// The names that are looked for on the search path.
    package static let names = forX11 + forBoth + forWayland

    /// Why there is none.
    package enum Lack: Error, Hashable, Sendable {
        /// None of the names was found, or none that draws on this display.
        case program
        /// What `config.yaml` names was not found.
        case preferred(String)
    }

    /// The user's choice in `config.yaml`, or the first that is found: on X11 xfreerdp, which is the most complete;
    /// on Wayland the SDL client, then xfreerdp where there is an X server too, and wlfreerdp last.
    package static func choose(from facts: Facts) throws(Lack) -> FreeRDPClient {
        if let preferred = facts.preferredPrograms["xfreerdp"] {
            guard let found = facts.executables[preferred] else { throw .preferred(preferred) }
            return FreeRDPClient(String(preferred.split(separator: "/").last ?? "xfreerdp"), found)
        }
        for name in candidates(on: facts.displays) {
            if let found = facts.executables[name] { return FreeRDPClient(name, found) }
        }
        throw .program
    }

    private static func candidates(on displays: Set<Facts.Display>) -> [String] {
        switch (displays.contains(.wayland), displays.contains(.x11)) {
        case (true, true): forBoth + forX11 + forWayland
        case (true, false): forBoth + forWayland
        case (false, _): forX11 + forBoth
        }
    }

    private init(_ name: String, _ executable: Facts.Executable) {
        self.name = name
        path = executable.path
        let known = executable.version.flatMap(FreeRDPVersion.init)
        isChecked = known != nil
        // The names with a 3 came with FreeRDP 3, the SDL client too.
        let isThree = name.hasSuffix("3") || Self.forBoth.contains(name)
        version = known ?? FreeRDPVersion(major: isThree ? 3 : 2, minor: 0)
    }
}
