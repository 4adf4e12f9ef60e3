internal import Diagnostics

extension ScalarKind {
    /// What a schema can say about the value.
    var schema: [(key: String, value: JSON)] {
        switch self {
        case .boolean: return [("type", "boolean")]
        case .onlyTrue: return [("const", .boolean(true))]
        case .formatVersion: return [("const", .integer(1))]
        case .integer(let range):
            return [
                ("type", "integer"), ("minimum", .integer(range.lowerBound)),
                ("maximum", .integer(range.upperBound)),
            ]
        case .choice(let words): return [("enum", .list(words.map(JSON.text)))]
        case .literal: return [("type", .list(["string", "number", "boolean"]))]
        case .prose, .remoteCommand: return [("type", "string")]
        case .instance:
            return [("anyOf", .list([["type": "integer", "minimum": .integer(0)], .map(textSchema)]))]
        default: return textSchema
        }
    }

    private var textSchema: [(key: String, value: JSON)] {
        guard let pattern else { return [("type", "string"), ("minLength", .integer(1))] }
        let whole = "^(\(pattern))$"
        let orPlaceholder = interpolation == .none ? whole : whole + "|\\$\\{"
        return [("type", "string"), ("pattern", .text(orPlaceholder))]
    }

    /// A regular expression for the whole text; nil where anything goes that is not empty. May admit a little
    /// more than the decoder.
    private var pattern: String? {
        switch self {
        case .word: "[^\\s-]\\S*"
        case .program: "[^-].*"
        case .reference: "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
        case .tag: "[^ ,]{1,64}"
        case .resourceName, .instance: "[^\\s/\\\\?#%&\"'<>:*|,;]{1,90}"
        case .resourceID: Self.idPattern + "(/[^/\\s]+/[^/\\s]+)+"
        case .bastionHostID: Self.bastionPattern
        case .guid: "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
        case .duration: "[0-9]{1,6}(ms|s|m|h)"
        case .durationOrOff: "off|[0-9]{1,6}(ms|s|m|h)"
        case .path: "(?!~[^/]).+"
        case .url: "[Hh][Tt][Tt][Pp][Ss]://(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?"
        case .domain: "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
        case .address: "[0-9A-Fa-f:.]+"
        case .bindAddress: "localhost|[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*"
        case .portMapping:
            "((localhost|[0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?(0|\(Self.portPattern)):\(Self.portPattern)"
        case .forward: "[^\\s-]\\S*:\\S+"
        case .socks: "([^\\s-]\\S*:)?\(Self.portPattern)"
        case .hostKey: "\\S+ AAAA[A-Za-z0-9+/=]{36,}( .*)?"
        case .size: "[0-9]{3,5}x[0-9]{3,5}"
        case .fingerprint: "[Ss][Hh][Aa]256:[0-9A-Fa-f:]{64,95}"
        default: nil
        }
    }

    private static let portPattern =
        "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"

    private static let idPattern: String = {
        let words = ["subscriptions", "resourceGroups", "providers"].map(ProfileSchema.anyCase)
        return words.map { "/\($0)/[^/\\s]+" }.joined()
    }()

    private static let bastionPattern: String = {
        let words = ["subscriptions", "resourceGroups"].map(ProfileSchema.anyCase)
        let type = ["providers", "Microsoft.Network", "bastionHosts"].map(ProfileSchema.anyCase)
        return words.map { "/\($0)/[^/\\s]+" }.joined() + "/" + type.joined(separator: "/") + "/[^/\\s]+"
    }()
}
