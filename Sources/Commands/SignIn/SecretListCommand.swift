internal import Diagnostics
internal import Keyring
internal import SessionRuntime
internal import Terminal

/// `secret list`: what the keyring holds for us, without a single value. Locked keyrings stay locked.
struct SecretListCommand: Command {
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) { isJSON = try arguments.isJSON() }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let items: [StoredItem]
        do {
            items = try await context.surroundings.secrets.search(
                SecretAttributes(nil), by: AzureAccess.deadlines(context.surroundings))
        } catch { throw Problems(KeyringWords(label: nil).diagnostic(error)) }
        let listing = SecretListing(items)
        if isJSON {
            context.print(listing.json + "\n")
        } else if listing.rows.isEmpty {
            context.note("the keyring holds no secret of bastion-up")
        } else {
            context.print(listing.text(width: context.conversation.width, style: context.style))
        }
        return .success
    }
}

/// The keyring's items as text and JSON. Access tokens, which come and go by themselves, are left out.
struct SecretListing {
    struct Row: Hashable {
        var kind: String
        var username: String
        /// The target's key; for a sign-in its authority and tenant.
        var target: String
        var label: String
        var isLocked: Bool
    }

    let rows: [Row]

    init(_ items: [StoredItem]) {
        rows = items.filter { $0.attributes.kind != .accessToken }.map(Self.row).sorted { left, right in
            (left.kind, left.target, left.username) < (right.kind, right.target, right.username)
        }
    }

    private static func row(_ item: StoredItem) -> Row {
        let values = item.attributes.values
        let signIn = [values["authority"], values["tenant"]].compactMap(\.self).joined(separator: "/")
        return Row(
            kind: item.attributes.kind?.rawValue ?? "unknown",
            username: values["username"] ?? values["client"] ?? "", target: values["target"] ?? signIn,
            label: item.label, isLocked: item.isLocked)
    }

    /// - Parameter width: of the terminal; nil: nothing is cut.
    func text(width: Int? = nil, style: Style = Style(isOn: false)) -> String {
        let table = TableRenderer(
            columns: [
                .init(title: "KIND"), .init(title: "USERNAME", cut: .end), .init(title: "LABEL", cut: .end),
                .init(title: "TARGET", cut: .start),
            ], width: width, style: style)
        return table.text(
            rows.map { row in
                let label = row.label + (row.isLocked ? " (locked)" : "")
                return .init(
                    cells: [row.kind, row.username, label, row.target], role: row.isLocked ? .dim : nil)
            })
    }

    var json: String {
        JSON.list(
            rows.map { row in
                .members([
                    "label": .text(row.label), "kind": .text(row.kind), "target": .text(row.target),
                    "username": .text(row.username), "locked": .boolean(row.isLocked),
                ])
            }
        ).indented()
    }
}
