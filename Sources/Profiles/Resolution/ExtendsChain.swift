internal import Diagnostics
internal import YAML

/// Follows `extends` from a profile down to the one that extends nothing.
struct ExtendsChain {
    let index: DefinitionIndex

    /// Deeper chains are refused: nobody can follow them.
    static let greatestLength = 16

    /// The definitions from the base to the profile itself.
    ///
    /// - Throws: an unknown base, a cycle, a chain that is too long, or what is wrong with a profile in it.
    func from(_ start: Int) throws(Problems) -> [Int] {
        var chain = [start]
        var visited: Set<Int> = [start]
        while let last = chain.last {
            let entry = index.definitions[last].entry
            guard !entry.problems.hasErrors else { throw entry.problems }
            guard let extends = entry.value["extends"], !extends.isNull else { break }
            let base = try base(named: extends.text, of: last, at: extends.location)
            guard visited.insert(base).inserted else {
                let names = (chain + [base]).map { index.definitions[$0].entry.name }
                throw Problems(
                    Diagnostic(
                        "profile.extends-cycle",
                        "'extends' goes in a circle: \(names.joined(separator: " → "))",
                        remedy: "let one of them extend nothing", at: extends.location))
            }
            chain.append(base)
            guard chain.count <= Self.greatestLength else {
                throw Problems(
                    Diagnostic(
                        "profile.extends-too-deep",
                        "'extends' goes on for more than \(Self.greatestLength) profiles",
                        remedy: "let fewer profiles extend each other",
                        at: index.definitions[start].entry.location))
            }
        }
        return chain.reversed()
    }

    private func base(named name: String, of definition: Int, at place: SourceLocation) throws(Problems)
        -> Int
    {
        let own = index.definitions[definition].entry.name
        if name == own {
            if let below = index.below(definition) { return below }
            throw Problems(
                Diagnostic(
                    "profile.unknown-base", "'\(name)' extends itself, and no lower layer defines that name",
                    remedy: "name another profile, or remove 'extends'", at: place))
        }
        let conflicts = Problems(index.conflicts(.profiles, name))
        try conflicts.throwIfAny()
        guard let base = index.all(.profiles, name).first else {
            throw Problems(
                .unknown(
                    "profile.unknown-base", .profiles, name, among: index.candidates(.profiles), at: place))
        }
        return base
    }
}

extension Diagnostic {
    /// A name that nothing has, with the nearest one that something has.
    static func unknown(
        _ code: String, _ section: Section, _ name: String, among names: [String], at place: SourceLocation?,
        exit: ExitStatus = .invalidData
    ) -> Diagnostic {
        let nearest = Suggestion.nearest(to: name, among: names.sorted())
        let remedy =
            switch nearest {
            case let nearest?: "did you mean '\(nearest)'?"
            case nil: "define it under '\(section.rawValue)', or use one that is defined"
            }
        return Diagnostic(
            code, "there is no \(section.noun) '\(name.shortened)'", remedy: remedy, at: place, exit: exit)
    }
}
