internal import Transport

/// A client credentials request (OAuth 2.0, RFC 6749 section 4.4) to a tenant's token endpoint.
struct TokenRequest {
    let principal: ServicePrincipal
    /// A GUID or a domain.
    let tenant: String
    let scope: String

    /// - Throws: `invalidTenant` for what would not be one segment of the path.
    func request() throws(AzureError) -> HTTPRequest {
        let isTenant = tenant.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        guard isTenant, !tenant.isEmpty, !tenant.hasPrefix("."), tenant.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw .noCredential(.invalidTenant(tenant))
        }
        var form = FormBody()
        form.add("grant_type", "client_credentials")
        form.add("client_id", principal.clientID)
        form.add("client_secret", principal.secret)
        form.add("scope", scope)
        return HTTPRequest(
            "POST", "/\(tenant)/oauth2/v2.0/token",
            headers: ["Content-Type": FormBody.contentType, "Accept": "application/json"],
            body: .secret(form.encoded()), isRepeatable: true)
    }
}
