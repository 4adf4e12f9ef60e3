internal import Diagnostics
internal import Cryptography
internal import Posix
internal import Transport

/// The sign-in service: tokens for service principals, and the documents that libraries look up first.
struct EmulatedEntra: Sendable {
    let configuration: EmulatorConfiguration
    let endpoints: Endpoints
    let tokens: AccessTokens

    /// Answers what is below `/{tenant}/`; nil for a path that is not this role's.
    func answer(_ request: ReceivedRequest) -> Answer? {
        guard let tenant = request.path.first else { return nil }
        switch Array(request.path.dropFirst()) {
        case ["oauth2", "v2.0", "token"]:
            guard request.method == "POST" else {
                return failure(
                    900561, "invalid_request",
                    "The endpoint only accepts POST requests. Received a \(request.method) request.")
            }
            return token(request, tenant)
        case ["v2.0", ".well-known", "openid-configuration"]: return document(tenant)
        case ["discovery", "instance"] where tenant == "common": return instances()
        case ["discovery", "v2.0", "keys"]: return Answer(200, ["keys": []])
        default: return nil
        }
    }
}

// MARK: - Tokens

extension EmulatedEntra {
    private func token(_ request: ReceivedRequest, _ tenantID: String) -> Answer {
        guard let tenant = configuration.tenant(tenantID) else { return unknownTenant(tenantID) }
        guard let fields = request.form else {
            return failure(900144, "invalid_request", Self.missing("grant_type"))
                .violating("the token request is not form encoded")
        }
        let form = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        if form.count != fields.count {
            return failure(900144, "invalid_request", "The request body has a parameter twice.")
                .violating("a parameter stands twice")
        }
        let given = form.filter { !$0.value.isEmpty }
        for name in ["grant_type", "client_id"] where given[name] == nil {
            return failure(900144, "invalid_request", Self.missing(name))
        }
        let clientID = given["client_id"] ?? ""
        guard given["grant_type"] == "client_credentials" else {
            return failure(
                70003, "unsupported_grant_type",
                "The app requested an unsupported grant type '\(given["grant_type"] ?? "")'.")
        }
        guard let client = tenant.clients.first(where: { $0.id.lowercased() == clientID.lowercased() }) else {
            return failure(
                700016, "unauthorized_client",
                "Application with identifier '\(clientID)' was not found in the directory '\(tenant.id)'.")
        }
        guard let secret = given["client_secret"] else {
            return failure(
                7_000_218, "invalid_client",
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
                status: 401
            ).from(client: client.id)
        }
        guard isSecret(secret, of: client) else {
            return failure(
                7_000_215, "invalid_client",
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                    + "value, not the client secret ID, for a secret added to app '\(client.id)'.",
                status: 401
            ).from(client: client.id)
        }
        return issue(to: client, of: tenant, scope: given["scope"]).from(client: client.id)
    }

    private func isSecret(_ text: String, of client: EmulatorConfiguration.Client) -> Bool {
        client.secret.withBytes { ConstantTime.equal(Array($0), Array(text.utf8)) }
    }

    private func issue(
        to client: EmulatorConfiguration.Client, of tenant: EmulatorConfiguration.Tenant, scope: String?
    ) -> Answer {
        guard let scope else { return failure(900144, "invalid_request", Self.missing("scope")) }
        let suffix = "/.default"
        guard scope.hasSuffix(suffix), !scope.contains(" "), scope.utf8.count > suffix.utf8.count else {
            return failure(
                1_002_012, "invalid_scope",
                "The provided value for scope \(scope) is not valid. Client credential flows must have a scope "
                    + "value with /.default suffixed to the resource identifier (application ID URI).")
        }
        let audience = String(scope.dropLast(suffix.count))
        guard Audiences(configuration, endpoints).isKnown(audience) else {
            return failure(
                500011, "invalid_resource",
                "The resource principal named \(audience) was not found in the tenant named \(tenant.id).")
        }
        let now = WallClock.seconds
        let lifetime = Int(configuration.limits.tokenLifetime.components.seconds)
        let claims = AccessTokens.Claims(
            audience: audience, tenant: tenant.id, client: client.id, expiry: now + lifetime)
        let token = tokens.issue(claims, issuer: "\(endpoints.authority)/\(tenant.id)/", at: now)
        var answer = Answer(
            200,
            [
                "token_type": "Bearer", "expires_in": .integer(lifetime),
                "ext_expires_in": .integer(lifetime),
                "access_token": .text(token),
            ])
        answer.headers["Cache-Control"] = "no-store, no-cache"
        answer.headers["Pragma"] = "no-cache"
        return answer
    }

    private static func missing(_ name: String) -> String {
        "The request body must contain the following parameter: '\(name)'."
    }

    private func unknownTenant(_ id: String) -> Answer {
        failure(
            90002, "invalid_request",
            "Tenant '\(id)' not found. Check to make sure you have the correct tenant ID and are signing into "
                + "the correct cloud.")
    }

    /// An error in the service's form: `AADSTSn:` begins the description.
    private func failure(_ code: Int, _ error: String, _ text: String, status: Int = 400) -> Answer {
        let trace = Identifiers.uuid()
        let correlation = Identifiers.uuid()
        let time = WallClock.signInTimestamp
        return Answer(
            status,
            [
                "error": .text(error),
                "error_description": .text(
                    "AADSTS\(code): \(text) Trace ID: \(trace) Correlation ID: \(correlation) Timestamp: \(time)"
                ),
                "error_codes": [.integer(code)], "timestamp": .text(time), "trace_id": .text(trace),
                "correlation_id": .text(correlation),
                "error_uri": .text("\(endpoints.authority)/error?code=\(code)"),
            ])
    }
}

// MARK: - Documents

extension EmulatedEntra {
    private func document(_ tenant: String) -> Answer {
        let isShared = ["common", "organizations"].contains(tenant)
        guard isShared || configuration.tenant(tenant) != nil else { return unknownTenant(tenant) }
        let base = "\(endpoints.authority)/\(tenant)"
        return Answer(
            200,
            [
                "issuer": .text("\(endpoints.authority)/\(isShared ? "{tenantid}" : tenant)/v2.0"),
                "authorization_endpoint": .text("\(base)/oauth2/v2.0/authorize"),
                "token_endpoint": .text("\(base)/oauth2/v2.0/token"),
                "device_authorization_endpoint": .text("\(base)/oauth2/v2.0/devicecode"),
                "jwks_uri": .text("\(base)/discovery/v2.0/keys"),
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["HS256"], "scopes_supported": ["openid"],
                "tenant_region_scope": .null, "cloud_instance_name": .text(authorityHost),
            ])
    }

    private func instances() -> Answer {
        let host = JSON.text(authorityHost)
        return Answer(
            200,
            [
                "tenant_discovery_endpoint": .text(
                    "\(endpoints.authority)/common/v2.0/.well-known/openid-configuration"),
                "api-version": "1.1",
                "metadata": [["preferred_network": host, "preferred_cache": host, "aliases": [host]]],
            ])
    }

    private var authorityHost: String { String(endpoints.authority.dropFirst("https://".count)) }
}
