internal import Diagnostics

/// Something that can be picked: what its line shows, what its details say, and what finds it.
package struct PickerItem: Hashable, Sendable {
    /// A line of the details, `label  text`.
    package struct Detail: Hashable, Sendable {
        package var label: String
        package var text: String

        package init(_ label: String, _ text: String) { (self.label, self.text) = (label, text) }
    }

    package let name: String
    /// What stands behind the name in a column of its own: where it leads to.
    package let place: String
    /// The rest of the line.
    package let summary: String
    /// A word of warning, before the summary.
    package let mark: String
    package let details: [Detail]
    /// Why it cannot be picked; nil where it can.
    package let refusal: String?
    /// All that is searched, in lower case: the name, then the rest. Each field ends with a line break, so that no
    /// word of a query is found across two.
    let searched: [UInt8]
    let searchedName: Range<Int>

    /// Text of foreign origin is made safe for the terminal here.
    ///
    /// - Parameter keywords: found by the filter beside name, place and summary.
    package init(
        name: String, place: String = "", summary: String = "", mark: String = "", keywords: [String] = [],
        details: [Detail] = [], refusal: String? = nil
    ) {
        self.name = name.printable
        self.place = place.printable
        self.summary = summary.printable
        self.mark = mark.printable
        self.details = details.map { Detail($0.label, $0.text.printable) }
        self.refusal = refusal?.printable
        var searched = Array(name.lowercased().utf8)
        searchedName = 0..<searched.count
        for field in keywords + [place, summary] {
            searched.append(0x0A)
            searched += field.lowercased().utf8
        }
        self.searched = searched
    }
}
