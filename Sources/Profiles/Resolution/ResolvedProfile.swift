package import Diagnostics

/// What a name stands for after all layers.
package struct ResolvedProfile: Hashable, Sendable {
    package var profile: Profile
    /// The same as a tree with places, for `show`.
    package var settings: ResolvedSettings
    package var warnings: [Diagnostic]
    /// What files that are not the user's own ask for in this profile, its host and its cloud. All of it must be
    /// trusted before the profile may be used.
    package var gatedRequests: [GatedRequest]
}

/// A resolved profile, its host and its cloud in the form of a profile file, each value with its place.
package struct ResolvedSettings: Hashable, Sendable {
    /// The keys of a profile file: `version`, `clouds`, `hosts`, `profiles`.
    package var top: SettingMap
}

/// One line of `list`.
package struct ProfileSummary: Hashable, Sendable {
    package var name: String
    package var description: String?
    package var tags: [String]
    /// The target's short form: a name, `set/instance`, or an address.
    package var target: String?
    /// The name of the bastion host, as the profile gives it.
    package var host: String?
    package var client: String?
    /// The word of `auth.type`; nil without `auth`.
    package var auth: String?
    /// Where the profile's name stands; its file is the one that `list` shows.
    package var location: SourceLocation
    /// A higher layer defines the same name.
    package var isShadowed: Bool
    package var isTemplate: Bool
    /// The file is not the user's own.
    package var isForeign: Bool
    /// Why it cannot be used.
    package var problem: Diagnostic?
    /// As of the resolved profile; nothing where it cannot be used.
    package var gatedRequests: [GatedRequest] = []
}
