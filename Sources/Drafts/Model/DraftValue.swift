/// A value of a profile file that is being written.
package enum DraftValue: Hashable, Sendable {
    /// Text as a profile has it: placeholders like `${user}` are replaced when it is read.
    case text(String)
    /// Text of foreign origin that stands for itself: `${user}` in it is no placeholder.
    case literal(String)
    case integer(Int)
    case boolean(Bool)
    case list([DraftValue])
}

/// One key of a profile, host or file that is being written, and its value.
package struct DraftSetting: Hashable, Sendable {
    /// Below the profile or host: `["auth", "username"]`.
    package var path: [String]
    package var value: DraftValue
    /// Lines that stand above the key, without `#`.
    package var comment: [String] = []

    package init(_ path: [String], _ value: DraftValue, comment: [String] = []) {
        (self.path, self.value, self.comment) = (path, value, comment)
    }
}
