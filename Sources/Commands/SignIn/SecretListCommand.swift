internal import Diagnostics
internal import Keyring
internal import SessionRuntime

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
            context.print(listing.text)
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

    var text: String {
        let table = [["KIND", "USERNAME", "TARGET", "LABEL"]] + rows.map(Self.cells)
        let widths = (0..<3).map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { cells in
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }
            return (padded + [cells[3]]).joined(separator: "  ") + "\n"
        }.joined()
    }

    private static func cells(_ row: Row) -> [String] {
        [
            row.kind.printable, row.username.printable, row.target.printable,
            row.label.printable + (row.isLocked ? " (locked)" : ""),
        ]
    }

    var json: String {
        JSONValue.list(
            rows.map { row in
                .members([
                    "label": .text(row.label), "kind": .text(row.kind), "target": .text(row.target),
                    "username": .text(row.username), "locked": .boolean(row.isLocked),
                ])
            }
        ).rendered
    }
}
