/// What an item of ours is found by in the desktop keyring. Attributes are not secret: any program may read them.
///
/// A search matches the items that carry at least these attributes. Each item also carries `application` and
/// the schema name, so that items of other programs are never touched.
package struct SecretAttributes: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case password
        case passphrase
        case privateKey = "private-key"
        case clientSecret = "client-secret"
        case accessToken = "access-token"
    }

    /// What the secret is; nil, for searches only, stands for every kind.
    package var kind: Kind?
    /// `target`, `username`, `tenant` and the like.
    package var values: [String: String]

    package init(_ kind: Kind?, _ values: [String: String] = [:]) {
        self.kind = kind
        self.values = values
    }

    static let application = "bastion-up"
    /// The attribute in which libsecret keeps an item's schema, and ours.
    static let schemaKey = "xdg:schema"
    static let schema = "bastion-up.secret"

    /// All that is written to the item.
    var dictionary: [String: String] {
        var all = values
        all["application"] = Self.application
        all[Self.schemaKey] = Self.schema
        if let kind { all["kind"] = kind.rawValue }
        return all
    }

    /// The other way round, from what a service returned; what the service added of its own stays in `values`.
    init(dictionary: [String: String]) {
        values = dictionary
        kind = values.removeValue(forKey: "kind").flatMap(Kind.init)
        values["application"] = nil
        values[Self.schemaKey] = nil
    }
}
