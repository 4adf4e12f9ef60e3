internal import Azure
internal import Diagnostics
internal import Keyring
internal import Posix
internal import Profiles
internal import SessionRuntime

/// `login --service-principal`: tries the credential out, then keeps it in the keyring.
struct LoginCommand: Command {
    private let clientID: String
    private let tenant: String?
    private let cloud: String?
    private let host: String?

    private static let way = "bastion-up login --service-principal --tenant T --client-id ID"

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        for flag in ["--client-secret", "--password"] where arguments.has(flag) {
            throw Diagnostic(
                "login.secret-in-arguments",
                "\(flag) is not taken: other programs can read a command line, and the shell keeps it",
                remedy: "leave it out: the secret is asked for, or read from standard input; "
                    + "and replace the secret that was typed", exit: .usage)
        }
        for flag in ["--browser", "--device-code", "--managed-identity"] where arguments.has(flag) {
            throw Self.notSupported("'login \(flag)'")
        }
        guard arguments.has("--service-principal") else { throw Self.notSupported("signing in as a person") }
        tenant = try Self.text("--tenant", arguments)
        cloud = try Self.text("--cloud", arguments)
        host = try Self.text("--host", arguments)
        guard cloud == nil || host == nil else {
            throw Diagnostic(
                "usage.exclusive-flags", "--cloud and --host exclude each other",
                remedy: "the host says which cloud it is in", exit: .usage)
        }
        guard let clientID = try Self.text("--client-id", arguments) else {
            throw Self.missing("--client-id")
        }
        guard tenant != nil || host != nil else { throw Self.missing("--tenant") }
        self.clientID = clientID
    }

    private static func text(_ flag: String, _ arguments: ParsedArguments) throws(Diagnostic) -> String? {
        guard let value = arguments.value(flag) else { return nil }
        guard !value.isEmpty else { throw missing(flag) }
        return value
    }

    private static func missing(_ flag: String) -> Diagnostic {
        Diagnostic("usage.missing-flag", "\(flag) is missing", remedy: "use: \(way)", exit: .usage)
    }

    private static func notSupported(_ what: String) -> Diagnostic {
        Diagnostic(
            "login.not-supported-yet", "\(what) is not supported yet",
            remedy: "use: \(way); or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            exit: .configuration)
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let place = try SignInPlace.find(cloud: cloud, host: host, in: context)
        guard let tenant = tenant ?? place.tenant else { throw Problems(Self.missing("--tenant")) }
        let check: SignInCheck
        do { check = try SignInCheck(cloud: place.cloud, context.surroundings) } catch {
            throw Problems(SignInWords(cloud: place.cloud.name).diagnostic(error))
        }
        let signIn = SignInAttempt(cloud: place.cloud.name, check: check, surroundings: context.surroundings)
        try await signIn.requireKeyring()
        let secret: SecretBytes
        do {
            secret = try SecretInput(context: context).read("client secret of \(clientID)", isRepeated: false)
        } catch { throw Problems(error) }
        try await signIn.run(
            ServicePrincipal(tenant: tenant, clientID: clientID, secret: secret, origin: .keyring))
        context.print(
            "signed in to \(place.cloud.name) as service principal \(clientID) of tenant \(tenant)\n")
        context.note("the secret is in the keyring; 'bastion-up logout' removes it")
        return .success
    }
}

/// The cloud that is signed in to, and the tenant if a host names one.
struct SignInPlace: Hashable {
    let cloud: Cloud
    let tenant: String?

    /// The cloud that was named, that of the host that was named, or the one that all hosts lie in.
    /// - Throws: what is wrong with it, `trust.required` (77), `login.several-clouds` (64).
    static func find(cloud: String?, host: String?, in context: CommandContext) throws(Problems)
        -> SignInPlace
    {
        let library = try ProfileLibrary(context)
        if let host {
            let found = try library.resolver.host(named: host)
            try library.requireTrust(for: found.gatedRequests)
            return SignInPlace(cloud: found.value.cloud, tenant: found.value.tenant)
        }
        let name: String
        do throws(Diagnostic) {
            name = if let cloud { cloud } else { try standardCloud(library.resolver.cloudNamesOfHosts) }
        } catch { throw Problems(error) }
        let found = try library.resolver.cloud(named: name)
        try library.requireTrust(for: found.gatedRequests)
        return SignInPlace(cloud: found.value, tenant: nil)
    }

    static func standardCloud(_ named: [String]) throws(Diagnostic) -> String {
        if named.isEmpty || named.contains("AzureCloud") { return "AzureCloud" }
        guard named.count == 1 else {
            throw Diagnostic(
                "login.several-clouds", "your hosts lie in several clouds: \(named.joined(separator: ", "))",
                remedy: "name one with --cloud, or a host with --host", exit: .usage)
        }
        return named[0]
    }
}

/// Tries a credential out and keeps it.
struct SignInAttempt {
    let cloud: String
    let check: SignInCheck
    let surroundings: Surroundings

    private var store: SignInStore { SignInStore(surroundings.secrets, cloud: check.cloud) }

    /// Fails before anything is asked for where nothing could be kept.
    func requireKeyring() async throws(Problems) {
        do { _ = try await store.accounts(by: AzureAccess.deadlines(surroundings)) } catch {
            throw Problems(KeyringWords(label: nil).diagnostic(error))
        }
    }

    /// - Throws: why Entra or the keyring did not take it; nothing is stored then.
    func run(_ principal: ServicePrincipal) async throws(Problems) {
        do { try await check.verify(principal) } catch {
            throw Problems(SignInWords(cloud: cloud).diagnostic(error))
        }
        do { try await store.save(principal, by: AzureAccess.deadlines(surroundings)) } catch {
            throw Problems(KeyringWords(label: nil).diagnostic(error))
        }
    }
}
