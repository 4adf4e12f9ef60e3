package import Posix
internal import Transport

/// Azure Resource Manager, as far as it is needed.
package struct ResourceManagerClient: Sendable {
    private let cloud: CloudEndpoints
    private let tokens: AccessTokens
    private let exchange: Exchange

    /// The version of the interface that the fields were read from; any from 2022-05-01 on has them.
    static let apiVersion = "2024-01-01"

    package init(
        cloud: CloudEndpoints, tokens: AccessTokens, http: any HTTPSending,
        policy: RetryPolicy = RetryPolicy()
    ) {
        self.cloud = cloud
        self.tokens = tokens
        exchange = Exchange(service: .resourceManager, http: http, policy: policy)
    }

    /// Reads a bastion host.
    /// - Parameter resourceID: begins with `/subscriptions/`.
    package func bastionHost(_ resourceID: String, until deadline: Instant) async throws(AzureError)
        -> BastionHostRecord
    {
        let path = PercentEncoding.encode(resourceID, keeping: "/()")
        let response = try await get("\(path)?api-version=\(Self.apiVersion)", until: deadline)
        return try BastionHostRecord(response: response.body, id: resourceID)
    }

    /// Once more with a new token if the cached one is not accepted.
    private func get(_ target: String, until deadline: Instant) async throws(AzureError) -> HTTPResponse {
        let token = try await tokens.token(until: deadline)
        do { return try await get(target, token, until: deadline) } catch {
            guard error.isUnauthorized else { throw error }
            await tokens.invalidate(token)
            return try await get(target, try await tokens.token(until: deadline), until: deadline)
        }
    }

    private func get(_ target: String, _ token: AccessToken, until deadline: Instant) async throws(AzureError)
        -> HTTPResponse
    {
        let request = HTTPRequest(
            "GET", target,
            headers: [
                "Authorization": "Bearer \(token.value)", "Accept": "application/json",
                "x-ms-client-request-id": RandomValue.uuid(),
            ])
        return try await exchange.sendPersistently(request, to: cloud.resourceManager, until: deadline)
    }
}
