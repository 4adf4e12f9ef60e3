package import Profiles

/// The token that a plan needs: in the tenant of the bastion host, whatever the default subscription is.
package struct SignIn: Hashable, Sendable {
    /// Where tokens are issued, for example `https://login.microsoftonline.com`.
    package var authority: String
    /// A GUID or a domain; nil means the tenant of the sign-in.
    package var tenant: String?
    /// The bastion host's subscription.
    package var subscription: String
    /// The resource that the token is for.
    package var audience: String
    /// Which signed-in account; nil means the only one, or the credential of the environment.
    package var account: String?
    package var source: Facts.TokenSource

    package init(host: BastionHost, source: Facts.TokenSource) {
        authority = host.cloud.authority
        tenant = host.tenant
        subscription = host.resourceID.subscription
        audience = host.cloud.audience
        account = host.account
        self.source = source
    }

    /// The request for a token; one kept from an earlier run makes it unnecessary.
    package var call: APICall {
        APICall(
            "POST", "\(authority)/\(tenant ?? "<tenant>")/oauth2/v2.0/token",
            fields: [("scope", "\(audience)/.default")])
    }
}
