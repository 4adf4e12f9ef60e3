internal import Diagnostics
internal import Profiles
internal import Terminal

/// The profiles as a table, or for programs.
struct ProfileListRenderer {
    /// How a path is written in the table.
    let shownPath: (String) -> String

    func text(_ profiles: [ListedProfile], width: Int?, style: Style) -> String {
        let isMarked = profiles.contains { !$0.marks.isEmpty }
        var columns = [
            TableRenderer.Column(title: "NAME"), TableRenderer.Column(title: "TARGET", cut: .end),
            TableRenderer.Column(title: "CLIENT", cut: .end), TableRenderer.Column(title: "AUTH"),
            TableRenderer.Column(title: "TAGS", cut: .end), TableRenderer.Column(title: "FILE", cut: .start),
        ]
        if isMarked { columns.append(TableRenderer.Column(title: "NOTE")) }
        let rows = profiles.map { profile in
            let summary = profile.summary
            let cells = [
                summary.name, summary.target ?? "", summary.client ?? "", summary.auth ?? "",
                summary.tags.joined(separator: ","), shownPath(summary.location.file),
            ]
            return TableRenderer.Row(
                cells: isMarked ? cells + [profile.marks.joined(separator: ", ")] : cells,
                role: summary.isShadowed ? .dim : profile.marks.isEmpty ? nil : .warning)
        }
        return TableRenderer(columns: columns, width: width, style: style).text(rows)
    }

    /// An array with one object a profile; every member is always there. Ends with a line break.
    func json(_ profiles: [ListedProfile]) -> String {
        let objects = profiles.map { profile in
            let summary = profile.summary
            let text = { (text: String?) in text.map(JSON.text) ?? .null }
            return JSON.members([
                "name": .text(summary.name), "description": text(summary.description),
                "target": text(summary.target), "client": text(summary.client), "auth": text(summary.auth),
                "tags": .list(summary.tags.map(JSON.text)), "file": .text(summary.location.file),
                "line": .integer(summary.location.line), "shadowed": .boolean(summary.isShadowed),
                "untrusted": .boolean(profile.isUntrusted),
                "problem": summary.problem.map(JSON.init) ?? .null,
            ])
        }
        return JSON.list(objects).indented() + "\n"
    }
}
