internal import Azure
package import Diagnostics

/// Words for a sign-in that was tried out and failed: what to change is on the command line, not in a profile.
package struct SignInWords {
    private let cloud: String

    /// - Parameter cloud: the cloud's name.
    package init(cloud: String) { self.cloud = cloud }

    package func diagnostic(_ error: SessionError) -> Diagnostic {
        switch error {
        case .azure(.refused(let refusal))
        where refusal.service == .entra && refusal.status != 429 && refusal.status < 500:
            refused(refusal)
        case .azure(.noCredential(.invalidTenant(let tenant))):
            Diagnostic(
                "login.invalid-tenant", "'\(tenant)' is neither a tenant's ID nor a domain",
                remedy: "give the tenant's ID with --tenant", exit: .usage)
        case .azure(let error): AzureWords(host: cloud, target: "").diagnostic(error)
        case .tls(let error): TLSWords(peer: "Microsoft Entra").diagnostic(error)
        default: .cancelled
        }
    }

    private func refused(_ refusal: Refusal) -> Diagnostic {
        return Diagnostic(
            "entra.refused", "Microsoft Entra refused the sign-in to \(cloud)\(refusal.detail)",
            remedy: remedy(refusal.code), exit: .notPermitted)
    }

    private func remedy(_ code: String?) -> String {
        switch code {
        case "AADSTS7000215", "AADSTS7000222", "invalid_client":
            "the client secret is wrong or has expired (its value is wanted, not its ID); nothing was stored"
        case "AADSTS700016", "unauthorized_client":
            "check --client-id, and that the application exists in this tenant; nothing was stored"
        case "AADSTS90002", "AADSTS900023": "check --tenant; nothing was stored"
        default: "check --tenant, --client-id and --cloud; nothing was stored"
        }
    }
}
