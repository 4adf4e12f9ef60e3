internal import Glibc
package import Posix

/// A service principal in the environment variables that azure-identity reads.
package enum EnvironmentCredential: Sendable {
    /// Why the environment's variables cannot be used.
    package enum Gap: Hashable, Sendable {
        /// Some of the three variables are set, these are not.
        case missing([String])
        /// A variable for a way of signing in that is not supported yet.
        case unsupported(String)
    }

    case none
    case complete(ServicePrincipal)
    case incomplete(Gap)

    /// - Parameters:
    ///   - environment: needs not hold the secret.
    ///   - secret: the value of `AZURE_CLIENT_SECRET`; see `secretOfProcess()`.
    package static func read(_ environment: [String: String], secret: SecretBytes?) -> EnvironmentCredential {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let tenant = value("AZURE_TENANT_ID")
        let client = value("AZURE_CLIENT_ID")
        let hasSecret = secret.map { !$0.isEmpty } ?? false
        if let tenant, let client, let secret, hasSecret {
            return .complete(
                ServicePrincipal(tenant: tenant, clientID: client, secret: secret, origin: .environment))
        }
        let others = [
            "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_USERNAME", "AZURE_PASSWORD",
        ]
        if let other = others.first(where: { value($0) != nil }) { return .incomplete(.unsupported(other)) }
        if tenant == nil, client == nil, !hasSecret { return .none }
        let missing = [
            ("AZURE_TENANT_ID", tenant != nil), ("AZURE_CLIENT_ID", client != nil),
            ("AZURE_CLIENT_SECRET", hasSecret),
        ].filter { !$0.1 }.map(\.0)
        return .incomplete(.missing(missing))
    }

    /// The process's own `AZURE_CLIENT_SECRET`, read as bytes that no string ever holds.
    package static func secretOfProcess() -> SecretBytes? {
        guard let start = getenv("AZURE_CLIENT_SECRET") else { return nil }
        return SecretBytes(copying: UnsafeRawBufferPointer(start: start, count: strlen(start)))
    }

    package var gap: Gap? {
        if case .incomplete(let gap) = self { gap } else { nil }
    }
}
