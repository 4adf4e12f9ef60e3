package import Keyring
package import Posix
internal import Transport

/// The access tokens of one credential in one tenant: from memory, from the keyring, or newly issued.
///
/// A missing keyring is no failure: tokens then live as long as the process.
package actor AccessTokens {
    private let cloud: CloudEndpoints
    private let principal: ServicePrincipal
    private let tenant: String
    private let exchange: Exchange
    private let store: any SecretStore
    private let lockFile: String
    private let now: @Sendable () -> Int

    private var current: AccessToken?
    private var rejected: String?
    private var isRefreshing = false
    private var waiting: [WakeUp] = []
    /// Why tokens are not kept between runs; nil while they are.
    package private(set) var keyringProblem: KeyringError?

    /// - Parameters:
    ///   - tenant: the bastion host's; nil means the credential's own.
    ///   - lockFile: in the runtime folder; held by whichever process is refreshing.
    ///   - now: the wall clock, in seconds since 1970.
    package init(
        cloud: CloudEndpoints, principal: ServicePrincipal, tenant: String?, http: any HTTPSending,
        store: any SecretStore, lockFile: String, policy: RetryPolicy = RetryPolicy(),
        now: @escaping @Sendable () -> Int = UnixTime.now
    ) {
        self.cloud = cloud
        self.principal = principal
        self.tenant = tenant ?? principal.tenant
        self.store = store
        self.lockFile = lockFile
        self.now = now
        exchange = Exchange(service: .entra, http: http, policy: policy)
    }

    /// A token that is good for a while. Callers that come while one is issued wait for that one.
    package func token(until deadline: Instant) async throws(AzureError) -> AccessToken {
        while isRefreshing {
            let wakeUp = WakeUp()
            waiting.append(wakeUp)
            switch await wakeUp.wait(until: deadline) {
            case .signalled: continue
            case .cancelled: throw .cancelled(.entra)
            case .deadline: throw .unreachable(.entra, .connection(.timedOut(.transfer)))
            }
        }
        if let current, isGood(current) { return current }
        isRefreshing = true
        defer {
            isRefreshing = false
            for wakeUp in waiting { wakeUp.signal() }
            waiting = []
        }
        let token = try await obtain(until: deadline)
        current = token
        return token
    }

    /// Reports a token that a service did not accept: the next one will be another.
    package func invalidate(_ token: AccessToken) {
        rejected = token.value
        if current == token { current = nil }
    }

    private func isGood(_ token: AccessToken) -> Bool {
        token.value != rejected && token.isUsable(at: now())
    }

    private func obtain(until deadline: Instant) async throws(AzureError) -> AccessToken {
        if let kept = await keptToken(until: deadline) { return kept }
        let lock = try? await FileLock.lock(
            lockFile, until: min(deadline, .now.advanced(by: Self.lockPatience)))
        defer { lock?.release() }
        // Another process may have refreshed it while we waited for the lock.
        if lock != nil, let kept = await keptToken(until: deadline) { return kept }
        let request = try TokenRequest(principal: principal, tenant: tenant, scope: cloud.scope).request()
        let response = try await exchange.sendPersistently(request, to: cloud.authority, until: deadline)
        let token = try AccessToken(response: response.body, now: now())
        await keep(token, until: deadline)
        return token
    }

    /// The lock only saves a request: a process that hangs while it holds it must not stop the others.
    private static let lockPatience = Duration.seconds(8)
    /// A slow keyring must not cost more than asking for another token would.
    private static let keyringPatience = Duration.seconds(3)
}

// MARK: - The keyring's copy

extension AccessTokens {
    private var attributes: SecretAttributes {
        SecretAttributes(
            .accessToken,
            [
                "authority": cloud.authority.authority, "tenant": tenant, "client": principal.clientID,
                "audience": cloud.audience,
            ])
    }

    private func deadlines(_ deadline: Instant) -> KeyringDeadlines {
        KeyringDeadlines(answer: min(deadline, .now.advanced(by: Self.keyringPatience)))
    }

    private func keptToken(until deadline: Instant) async -> AccessToken? {
        guard keyringProblem == nil else { return nil }
        do {
            let stored = try await store.lookup(attributes, by: deadlines(deadline))
            guard let token = stored.flatMap(AccessToken.init(stored:)), isGood(token) else { return nil }
            return token
        } catch {
            keyringProblem = error
            return nil
        }
    }

    private func keep(_ token: AccessToken, until deadline: Instant) async {
        guard keyringProblem == nil else { return }
        do {
            try await store.store(
                token.stored, label: "bastion-up: access token", attributes, by: deadlines(deadline))
        } catch { keyringProblem = error }
    }
}
