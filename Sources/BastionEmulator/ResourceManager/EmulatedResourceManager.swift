internal import Diagnostics
internal import Cryptography
internal import Transport

/// Azure Resource Manager, as far as clients of Bastion read it.
struct EmulatedResourceManager: Sendable {
    let configuration: EmulatorConfiguration
    let endpoints: Endpoints
    let tokens: AccessTokens

    /// The first version whose answers have all fields that clients need.
    private static let bastionVersion = "2022-05-01"
    private static let subscriptionVersion = "2014-04-01"

    /// Nil for a path that is not this role's.
    func answer(_ request: ReceivedRequest) -> Answer? {
        guard let first = request.path.first?.lowercased(), ["subscriptions", "tenants"].contains(first)
        else {
            return nil
        }
        var answer = checked(request)
        answer.headers["x-ms-request-id"] = Identifiers.uuid()
        answer.headers["x-ms-correlation-request-id"] = Identifiers.uuid()
        answer.headers["Cache-Control"] = "no-cache"
        if let id = request.headers["x-ms-client-request-id"] {
            answer.headers["x-ms-client-request-id"] = id
        }
        return answer
    }

    private func checked(_ request: ReceivedRequest) -> Answer {
        let claims: AccessTokens.Claims
        do { claims = try authenticate(request) } catch { return error.answer }
        let path = request.path.last == "" ? Array(request.path.dropLast()) : request.path
        return answer(request, path.map { $0.lowercased() }, path, claims).from(client: claims.client)
    }

    private func answer(
        _ request: ReceivedRequest, _ path: [String], _ written: [String], _ claims: AccessTokens.Claims
    ) -> Answer {
        let isBastion = path.contains("bastionhosts")
        if let refusal = refusedVersion(request, isBastion: isBastion) { return refusal }
        guard request.method == "GET" else {
            return Self.failure(
                405, "HttpMethodNotAllowed", "The resource does not take the method \(request.method).")
        }
        if path == ["tenants"] || path == ["subscriptions"] { return collection(path[0], claims) }
        guard path.count >= 2, path[0] == "subscriptions" else { return Self.noSuchPath }
        guard let tenant = configuration.tenant(ofSubscription: path[1]) else {
            return Self.failure(
                404, "SubscriptionNotFound", "The subscription '\(written[1])' could not be found.")
        }
        guard tenant.id.lowercased() == claims.tenant.lowercased() else { return wrongTenant(tenant.id) }
        switch path.count {
        case 2: return Answer(200, subscription(path[1], of: tenant))
        case 5 where path[2...] == ["providers", "microsoft.network", "bastionhosts"]:
            return hosts(claims) { $0.subscription.lowercased() == path[1] }
        case 7
        where path[2] == "resourcegroups" && path[4...] == ["providers", "microsoft.network", "bastionhosts"]:
            guard hasGroup(path[1], path[3]) else { return Self.noGroup(written[3]) }
            return hosts(claims) {
                $0.subscription.lowercased() == path[1] && $0.resourceGroup.lowercased() == path[3]
            }
        case 8 where path[2] == "resourcegroups" && isBastion:
            guard hasGroup(path[1], path[3]) else { return Self.noGroup(written[3]) }
            return host("/" + written.joined(separator: "/"), claims)
        default: return Self.noSuchPath
        }
    }
}

// MARK: - Resources

extension EmulatedResourceManager {
    private func hasGroup(_ subscription: String, _ group: String) -> Bool {
        let resources = configuration.targets.compactMap { target -> ResourcePath? in
            if case .resource(let id) = target.name { id } else { nil }
        }
        return (configuration.hosts.map(\.id) + resources).contains {
            $0.subscription.lowercased() == subscription && $0.resourceGroup.lowercased() == group
        }
    }

    private func host(_ text: String, _ claims: AccessTokens.Claims) -> Answer {
        guard let id = ResourcePath(text), let index = configuration.hosts.firstIndex(where: { $0.id == id })
        else {
            let name = text.split(separator: "/").last.map(String.init) ?? ""
            return Self.failure(
                404, "ResourceNotFound",
                "The Resource 'Microsoft.Network/bastionHosts/\(name)' was not found.")
        }
        guard configuration.mayUse(client: claims.client, host: id) else {
            return Self.failure(
                403, "AuthorizationFailed",
                "The client '\(claims.client)' does not have authorization to perform action "
                    + "'Microsoft.Network/bastionHosts/read' over scope '\(id.text)' or the scope is invalid."
            )
        }
        return Answer(200, json(index))
    }

    private func hosts(_ claims: AccessTokens.Claims, where isWanted: (ResourcePath) -> Bool) -> Answer {
        let wanted = configuration.hosts.indices.filter { index in
            let id = configuration.hosts[index].id
            return isWanted(id) && configuration.mayUse(client: claims.client, host: id)
        }
        return Answer(200, ["value": .list(wanted.map(json))])
    }

    private func json(_ index: Int) -> JSON {
        let host = configuration.hosts[index]
        let etag = Hex.encode(Digest.sha256(Array(host.id.text.utf8)).prefix(8))
        let address = "\(host.id.text)/bastionHostIpConfigurations/IpConf"
        return [
            "name": .text(host.id.name), "id": .text(host.id.text), "etag": .text("W/\"\(etag)\""),
            "type": "Microsoft.Network/bastionHosts", "location": .text(host.location),
            "sku": ["name": .text(host.sku.rawValue)],
            "properties": [
                "provisioningState": .text(host.provisioningState),
                "dnsName": .text(endpoints.dnsNames[index]), "scaleUnits": .integer(max(2, host.instances)),
                "ipConfigurations": [
                    [
                        "name": "IpConf", "id": .text(address),
                        "properties": [
                            "provisioningState": "Succeeded", "privateIPAllocationMethod": "Dynamic",
                        ],
                    ]
                ],
                "enableTunneling": .boolean(host.enableTunneling),
                "enableIpConnect": .boolean(host.enableIpConnect), "disableCopyPaste": false,
                "enableShareableLink": false, "enableKerberos": false,
            ],
        ]
    }

    private func collection(_ name: String, _ claims: AccessTokens.Claims) -> Answer {
        guard let tenant = configuration.tenant(claims.tenant) else { return Answer(200, ["value": []]) }
        if name == "tenants" {
            let entry: JSON = ["id": .text("/tenants/\(tenant.id)"), "tenantId": .text(tenant.id)]
            return Answer(200, ["value": [entry]])
        }
        return Answer(200, ["value": .list(tenant.subscriptions.map { subscription($0, of: tenant) })])
    }

    private func subscription(_ id: String, of tenant: EmulatorConfiguration.Tenant) -> JSON {
        [
            "id": .text("/subscriptions/\(id)"), "subscriptionId": .text(id), "tenantId": .text(tenant.id),
            "displayName": .text("Emulated \(id.prefix(8))"), "state": "Enabled",
            "authorizationSource": "RoleBased",
        ]
    }
}

// MARK: - Refusals

extension EmulatedResourceManager {
    private struct Refusal: Error { let answer: Answer }

    private func authenticate(_ request: ReceivedRequest) throws(Refusal) -> AccessTokens.Claims {
        guard let token = request.bearer else {
            throw unauthorized(
                request, "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.")
        }
        do throws(AccessTokens.Failure) {
            let claims = try tokens.read(token, at: WallClock.seconds)
            guard Audiences(configuration, endpoints).isResourceManager(claims.audience) else {
                throw .audience
            }
            return claims
        } catch {
            switch error {
            case .expired:
                throw unauthorized(
                    request, "ExpiredAuthenticationToken", "The access token expiry time has passed.")
            case .audience:
                throw unauthorized(
                    request, "InvalidAuthenticationTokenAudience",
                    "The access token has been obtained for the wrong audience or resource.")
            case .invalid:
                throw unauthorized(request, "InvalidAuthenticationToken", "The access token is invalid.")
            }
        }
    }

    /// The challenge names the tenant of the subscription, which is how clients find it.
    private func unauthorized(_ request: ReceivedRequest, _ code: String, _ message: String) -> Refusal {
        let subscription = request.path.count >= 2 ? request.path[1] : ""
        let tenant = configuration.tenant(ofSubscription: subscription)?.id ?? "common"
        var answer = Self.failure(401, code, message)
        answer.headers["WWW-Authenticate"] = challenge(tenant, message)
        return Refusal(answer: answer)
    }

    private func wrongTenant(_ tenant: String) -> Answer {
        let message = "The access token is from the wrong issuer. It must match the tenant '\(tenant)'."
        var answer = Self.failure(401, "InvalidAuthenticationTokenTenant", message)
        answer.headers["WWW-Authenticate"] = challenge(tenant, message)
        return answer
    }

    private func challenge(_ tenant: String, _ message: String) -> String {
        "Bearer authorization_uri=\"\(endpoints.authority)/\(tenant)\", error=\"invalid_token\", "
            + "error_description=\"\(message)\""
    }

    private func refusedVersion(_ request: ReceivedRequest, isBastion: Bool) -> Answer? {
        guard let version = request.query("api-version"), !version.isEmpty else {
            return Self.failure(
                400, "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required.")
        }
        let digits = version.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        let isDate =
            digits.map(\.count) == [4, 2, 2]
            && digits.allSatisfy {
                $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
        let first = isBastion ? Self.bastionVersion : Self.subscriptionVersion
        if isDate, version.prefix(10) >= first { return nil }
        return Self.failure(
            400, isBastion && isDate ? "NoRegisteredProviderFound" : "InvalidApiVersionParameter",
            "The api-version '\(version)' is invalid. Use \(first) or a later one.")
    }

    private static var noSuchPath: Answer {
        failure(404, "ResourceNotFound", "The emulator has no such resource.")
    }

    private static func noGroup(_ name: String) -> Answer {
        failure(404, "ResourceGroupNotFound", "Resource group '\(name)' could not be found.")
    }

    static func failure(_ status: Int, _ code: String, _ message: String) -> Answer {
        Answer(status, ["error": ["code": .text(code), "message": .text(message)]])
    }
}
