/// The settings of profiles that others extend, so that each is merged once for all of those.
struct MergedBases {
    private var byDefinition: [Int: SettingMap] = [:]

    /// The merged settings of a chain, from its base to the profile itself.
    mutating func settings(of chain: [Int], in index: DefinitionIndex) -> SettingMap {
        guard let last = chain.last else { return SettingMap() }
        return Merge.profile(below(chain.dropLast(), in: index), under: own(last, in: index))
    }

    private mutating func below(_ chain: ArraySlice<Int>, in index: DefinitionIndex) -> SettingMap {
        guard let last = chain.last else { return SettingMap() }
        if let known = byDefinition[last] { return known }
        let merged = chain.reduce(SettingMap()) { Merge.profile($0, under: own($1, in: index)) }
        byDefinition[last] = merged
        return merged
    }

    private func own(_ definition: Int, in index: DefinitionIndex) -> SettingMap {
        Setting(index.definitions[definition].entry.value, from: definition).map ?? SettingMap()
    }
}
