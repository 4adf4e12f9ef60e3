internal import Diagnostics
internal import Keyring
internal import Posix
internal import SessionRuntime

/// `logout`: takes sign-ins and the access tokens that were got with them out of the keyring.
struct LogoutCommand: Command {
    private let account: String?
    private let isForAll: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        account = arguments.value("--account")
        isForAll = arguments.has("--all")
        guard account == nil || !isForAll else {
            throw Diagnostic(
                "usage.exclusive-flags", "--account and --all exclude each other", remedy: "give one of them",
                exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        for line in try await remove(context.surroundings) { context.print(line + "\n") }
        return .success
    }

    /// - Returns: what went, a line each.
    /// - Throws: `logout.several-accounts` (64), or the keyring's failure.
    func remove(_ surroundings: Surroundings) async throws(Problems) -> [String] {
        do {
            let all = try await surroundings.secrets.search(
                SecretAttributes(.clientSecret), by: AzureAccess.deadlines(surroundings))
            let chosen = all.filter { item in account.map { item.isSignIn(of: $0) } ?? true }
            guard isForAll || account != nil || chosen.count <= 1 else {
                throw Problems(Self.several(chosen))
            }
            return try await remove(chosen, surroundings)
        } catch let error as KeyringError {
            throw Problems(KeyringWords(label: nil).diagnostic(error))
        } catch let problems as Problems { throw problems } catch { throw Problems() }
    }

    private func remove(_ items: [StoredItem], _ surroundings: Surroundings) async throws(KeyringError)
        -> [String]
    {
        var lines: [String] = []
        for item in items {
            if try await surroundings.secrets.delete(
                item.attributes.only(["authority", "tenant", "client"]),
                by: AzureAccess.deadlines(surroundings))
            {
                lines.append("signed out: \(item.signInText)")
            }
        }
        // Tokens of the environment's credential have no sign-in beside them.
        let clients = Set(items.compactMap { $0.attributes.values["client"] } + [account].compactMap(\.self))
        var searches = clients.sorted().map { SecretAttributes(.accessToken, ["client": $0]) }
        if account == nil { searches = [SecretAttributes(.accessToken)] }
        var hadTokens = false
        for search in searches {
            let deleted = try await surroundings.secrets.delete(
                search, by: AzureAccess.deadlines(surroundings))
            hadTokens = hadTokens || deleted
        }
        if hadTokens { lines.append("access tokens removed") }
        return lines.isEmpty ? [account.map { "'\($0)' is not signed in" } ?? "nobody is signed in"] : lines
    }

    private static func several(_ items: [StoredItem]) -> Diagnostic {
        Diagnostic(
            "logout.several-accounts",
            "several accounts are signed in: \(items.map(\.signInText).sorted().joined(separator: ", "))",
            remedy: "name one with --account, or use --all", exit: .usage)
    }
}

extension StoredItem {
    fileprivate func isSignIn(of account: String) -> Bool {
        attributes.values["client"]?.lowercased() == account.lowercased()
    }

    fileprivate var signInText: String {
        let values = attributes.values
        return
            "\(values["client"] ?? "?") of tenant \(values["tenant"] ?? "?") at \(values["authority"] ?? "?")"
    }
}

extension SecretAttributes {
    /// The same kind with these values alone: a keyring may have added some of its own.
    fileprivate func only(_ names: [String]) -> SecretAttributes {
        SecretAttributes(kind, values.filter { names.contains($0.key) })
    }
}
