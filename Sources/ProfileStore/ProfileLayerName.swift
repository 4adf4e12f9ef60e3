/// Where profile files come from, highest first: a name in a higher layer shadows the lower ones.
package enum ProfileLayerName: Int, Hashable, Sendable, CaseIterable, Comparable {
    /// Given with `--profiles`.
    case named
    /// Listed in `$BASTION_UP_PROFILES`.
    case environment
    /// The user's own configuration folder.
    case user
    /// `.bastion-up` in the project that the user works in.
    case project
    /// `/etc/bastion-up`.
    case system

    package static func < (left: ProfileLayerName, right: ProfileLayerName) -> Bool {
        left.rawValue < right.rawValue
    }
}
