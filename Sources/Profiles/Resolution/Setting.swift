package import Diagnostics
internal import YAML

/// One value on its way from files to a profile: merged from several, each part knowing where it stands.
package struct Setting: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case null
        case text(String, isPlain: Bool)
        case list([Setting])
        case map(SettingMap)
    }

    package var value: Value
    /// Where the value stands; nil for one that stands in no file.
    package var location: SourceLocation?
    /// Which definition it comes from, as an index of the resolver's; nil for one that stands in no file.
    package var origin: Int?

    package init(_ value: Value, at location: SourceLocation? = nil, from origin: Int? = nil) {
        (self.value, self.location, self.origin) = (value, location, origin)
    }

    /// Takes over a checked node; keys that are no text are left out.
    init(_ node: YAMLNode, from origin: Int) {
        location = node.location
        self.origin = origin
        switch node.kind {
        case .scalar:
            value = node.isNull ? .null : .text(node.text, isPlain: node.isPlain)
        case .sequence:
            value = .list(node.elements.map { Setting($0, from: origin) })
        case .mapping:
            var map = SettingMap(capacity: node.count)
            for (key, child) in node.pairs where key.kind == .scalar {
                map[key.text] = Setting(child, from: origin)
            }
            value = .map(map)
        }
    }

    /// What YAML 1.2 makes of a scalar, for writing it in another format; numbers that are not whole stay text.
    package enum CoreScalar: Hashable, Sendable {
        case text(String)
        case boolean(Bool)
        case integer(Int)
    }

    /// Nil for what is no scalar.
    package var coreScalar: CoreScalar? {
        guard case .text(let text, let isPlain) = value else { return nil }
        guard isPlain else { return .text(text) }
        return switch PlainText.coreType(text) {
        case .boolean: PlainText.boolean(text).map(CoreScalar.boolean) ?? .text(text)
        case .number: PlainText.integer(text).map(CoreScalar.integer) ?? .text(text)
        case .text: .text(text)
        }
    }

    package var text: String? { if case .text(let text, _) = value { text } else { nil } }
    package var list: [Setting]? { if case .list(let list) = value { list } else { nil } }
    package var map: SettingMap? { if case .map(let map) = value { map } else { nil } }
    package var isNull: Bool { if case .null = value { true } else { false } }
}

/// Keys and values in the order in which they were first written.
package struct SettingMap: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var key: String
        package var setting: Setting
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    init(capacity: Int) { entries.reserveCapacity(capacity) }

    package subscript(_ key: String) -> Setting? {
        get { entries.first { $0.key == key }?.setting }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let setting?): entries[index].setting = setting
            case (let index?, nil): entries.remove(at: index)
            case (nil, let setting?): entries.append(Entry(key: key, setting: setting))
            case (nil, nil): break
            }
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Whether a key of this map, or of one below it, removes an inherited value. Nulls in lists do not.
    var holdsNulls: Bool {
        entries.contains { $0.setting.isNull || $0.setting.map?.holdsNulls == true }
    }

    mutating func updateEach(_ body: (String, inout Setting) -> Void) {
        for index in entries.indices { body(entries[index].key, &entries[index].setting) }
    }

    func text(_ key: String) -> String? { self[key]?.text }
    func map(_ key: String) -> SettingMap { self[key]?.map ?? SettingMap() }
    func boolean(_ key: String) -> Bool? { text(key).flatMap(PlainText.boolean) }
    func integer(_ key: String) -> Int? { text(key).flatMap(PlainText.integer) }
    func duration(_ key: String) -> Duration? { text(key).flatMap(DurationText.parse) }
    func texts(_ key: String) -> [String] { (self[key]?.list ?? []).compactMap(\.text) }
}
