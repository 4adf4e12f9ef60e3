package import Posix

/// The desktop's keyring: the Secret Service on the user's session bus, through libsecret.
///
/// Every call is made on a thread of its own and given up at its deadline. A locked service answers a plain
/// look-up with "not found", so each look-up is a search without unlocking, which lists locked items too.
package struct SecretService: SecretStore {
    private let bus: SessionBus

    /// - Parameter environment: the process's own; libsecret reads the same variables by itself.
    package init(environment: [String: String]) { bus = SessionBus(environment: environment) }

    package func lookup(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines)
        async throws(KeyringError) -> SecretBytes?
    {
        let found: Found = try await call(until: deadlines.answer) { cancellation throws(KeyringError) in
            let items = try SecretConnection(cancellation).search(attributes)
            guard let first = items.first else { return .nothing }
            guard let open = items.first(where: { !$0.isLockedItem }) else { return .locked(first) }
            return .secret(try open.loadSecret(cancellation))
        }
        switch found {
        case .nothing: return nil
        case .secret(let secret): return secret
        case .locked(let item):
            try await unlock([item], by: deadlines)
            return try await call(until: deadlines.afterPrompt) { cancellation throws(KeyringError) in
                try item.loadSecret(cancellation)
            }
        }
    }

    private enum Found: Sendable {
        case nothing
        case secret(SecretBytes?)
        case locked(ObjectReference)
    }

    package func store(
        _ secret: SecretBytes, label: String, _ attributes: SecretAttributes, by deadlines: KeyringDeadlines
    ) async throws(KeyringError) {
        guard !secret.withBytes({ $0.contains(0) }) else { throw .unstorable }
        let locked: ObjectReference? = try await call(until: deadlines.answer) {
            cancellation throws(KeyringError) in
            let target = try SecretConnection(cancellation).defaultCollection()
            return target.isLocked ? target.collection : nil
        }
        if let locked { try await unlock([locked], by: deadlines) }
        let deadline = locked == nil ? deadlines.answer : deadlines.afterPrompt
        try await call(until: deadline) { cancellation throws(KeyringError) in
            try SecretConnection(cancellation).store(secret, label: label, attributes)
        }
    }

    package func delete(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines)
        async throws(KeyringError) -> Bool
    {
        let items = try await call(until: deadlines.answer) { cancellation throws(KeyringError) in
            try SecretConnection(cancellation).search(attributes)
        }
        guard !items.isEmpty else { return false }
        let locked = items.filter(\.isLockedItem)
        if !locked.isEmpty { try await unlock(locked, by: deadlines) }
        let deadline = locked.isEmpty ? deadlines.answer : deadlines.afterPrompt
        try await call(until: deadline) { cancellation throws(KeyringError) in
            try SecretConnection(cancellation).delete(items)
        }
        return true
    }

    package func search(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines)
        async throws(KeyringError) -> [StoredItem]
    {
        try await call(until: deadlines.answer) { cancellation throws(KeyringError) in
            try SecretConnection(cancellation).search(attributes).map(\.storedItem)
        }
    }

    /// Unlocks with a prompt, if one is allowed and can be shown.
    private func unlock(_ objects: [ObjectReference], by deadlines: KeyringDeadlines)
        async throws(KeyringError)
    {
        guard let prompt = deadlines.prompt, bus.canPrompt else { throw .locked }
        try await call(until: prompt) { cancellation throws(KeyringError) in
            try SecretConnection(cancellation).unlock(objects)
        }
    }

    private func call<Value: Sendable>(
        until deadline: Instant,
        _ body: @escaping @Sendable (Cancellation) throws(KeyringError) -> Value
    ) async throws(KeyringError) -> Value {
        guard bus.isPresent else { throw .noService(.bus) }
        let cancellation = Cancellation()
        let result: Result<Value, KeyringError>
        do {
            result = try await BlockingCall.run(until: deadline, abandon: { cancellation.cancel() }) {
                Result { () throws(KeyringError) in try body(cancellation) }
            }
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .noThread(let failure): throw .failed(domain: failure.call, code: failure.number)
            }
        }
        return try result.get()
    }
}
