/// A profile file that is being written.
package struct DraftFile: Hashable, Sendable {
    /// Lines at the top, without `#`.
    package var comment: [String] = []
    package var hosts: [HostDraft] = []
    package var profiles: [ProfileDraft] = []
    /// Lines below all, without `#`.
    package var closing: [String] = []

    package init() {}
}
