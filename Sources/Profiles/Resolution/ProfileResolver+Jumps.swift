internal import Diagnostics

// MARK: - Jumps

extension ProfileResolver {
    /// Longer chains are refused: each machine of a chain is a login of its own.
    static let greatestJumpCount = 8

    /// The profile that the settings jump through, with those that it jumps through itself.
    ///
    /// - Parameter path: the profiles that lead here, the outermost first, the one with these settings last.
    /// - Throws: an unknown name, a template, a circle, a chain that is too long, or what is wrong with the profile.
    func jump(_ settings: SettingMap, wantsSettings: Bool, after path: [Int]) throws(Problems)
        -> ResolvedProfile?
    {
        guard let setting = settings.map("ssh")["jump"], let name = setting.text else { return nil }
        if let problem = checkReference(name, at: setting.location) { throw Problems(problem) }
        try Problems(index.conflicts(.profiles, name)).throwIfAny()
        guard let found = index.all(.profiles, name).first else { return nil }
        guard !path.contains(found) else {
            let names = (path + [found]).map { index.definitions[$0].entry.name }
            throw Problems(
                Diagnostic(
                    "profile.jump-cycle", "'ssh.jump' goes in a circle: \(names.joined(separator: " → "))",
                    remedy: "let one of them jump through nothing", at: setting.location))
        }
        guard path.count <= Self.greatestJumpCount else {
            throw Problems(
                Diagnostic(
                    "profile.jump-too-deep",
                    "'ssh.jump' goes on for more than \(Self.greatestJumpCount) profiles",
                    remedy: "jump through fewer machines", at: setting.location))
        }
        return try resolve(found, wantsSettings: wantsSettings, after: path)
    }
}
