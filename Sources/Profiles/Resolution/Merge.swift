/// Puts a profile over the one that it extends.
enum Merge {
    /// Maps merge, lists and scalars replace, null removes; alternatives drop the inherited one.
    static func profile(_ base: SettingMap, under over: SettingMap) -> SettingMap {
        var base = base
        for key in ["template", "extends"] { base[key] = nil }
        if let target = over["target"]?.map, let inherited = base["target"]?.map {
            base["target"]?.value = .map(prepare(target: inherited, for: target))
        }
        if let auth = over["auth"]?.map, let inherited = base["auth"]?.map {
            base["auth"]?.value = .map(prepare(auth: inherited, for: auth))
        }
        return maps(base, under: over)
    }

    /// Drops what is no value: `key: null` in a profile that inherits nothing.
    static func withoutNulls(_ map: SettingMap) -> SettingMap { maps(SettingMap(), under: map) }

    private static func maps(_ base: SettingMap, under over: SettingMap) -> SettingMap {
        if base.isEmpty, !over.holdsNulls { return over }
        var result = base
        for entry in over.entries {
            switch (result[entry.key]?.map, entry.setting.map) {
            case (_, _) where entry.setting.isNull:
                result[entry.key] = nil
            case (let below?, let above?):
                var merged = entry.setting
                merged.value = .map(maps(below, under: above))
                result[entry.key] = merged
            case (nil, let above?):
                var clean = entry.setting
                clean.value = .map(withoutNulls(above))
                result[entry.key] = clean
            default:
                result[entry.key] = entry.setting
            }
        }
        return result
    }

    private static func prepare(target base: SettingMap, for over: SettingMap) -> SettingMap {
        let alternatives = KeyTable.targetAlternatives
        guard let chosen = alternatives.first(where: { isGiven($0, in: over) }) else { return base }
        var base = base
        for other in alternatives where other != chosen { base[other] = nil }
        if chosen != "vmss" { base["instance"] = nil }
        if chosen != "vmss", chosen != "vm" {
            base["resourceGroup"] = nil
            base["subscription"] = nil
        }
        return base
    }

    private static func prepare(auth base: SettingMap, for over: SettingMap) -> SettingMap {
        var base = base
        if let type = over.text("type"), method(type) != base.text("type").map(method) {
            let username = base["username"]
            base = SettingMap()
            base["username"] = username
        }
        let alternatives = KeyTable.keyAlternatives
        if let chosen = alternatives.first(where: { isGiven($0, in: over) }) {
            for other in alternatives where other != chosen { base[other] = nil }
        }
        return base
    }

    private static func isGiven(_ key: String, in map: SettingMap) -> Bool {
        map[key].map { !$0.isNull } ?? false
    }

    /// `entra` is another word for `aad`.
    private static func method(_ type: String) -> String { type == "entra" ? "aad" : type }
}
