package import Keyring
internal import Posix
package import Transport

/// Why Azure did not do what was asked: bare facts.
package enum AzureError: Error, Hashable, Sendable {
    package enum Service: Hashable, Sendable { case entra, resourceManager, bastion }

    /// The service answered with an error.
    case refused(Refusal)
    /// No answer.
    case unreachable(Service, HTTPError)
    /// A success whose content is not what the protocol says; names the missing or malformed field.
    case unreadable(Service, field: String)
    /// The host's data plane does not lie in its cloud, so it gets no token.
    case endpointOutsideCloud(endpoint: String, suffix: String)
    case noCredential(CredentialProblem)
    case invalidCloud(setting: String)
    case cancelled(Service)
}

/// An answer that is an error.
package struct Refusal: Hashable, Sendable {
    package var service: AzureError.Service
    /// The HTTP status.
    package var status: Int
    /// `AADSTS7000215`, `invalid_client`, `AuthorizationFailed`…; nil where the answer names none.
    package var code: String?
    /// The service's own words, one line, without control characters, at most 500 characters.
    package var message: String?
    /// What the service's operators find the request by.
    package var correlationID: String?
    package var retryAfter: Duration?
    /// The answer is a web page, so it comes from a proxy or a front end rather than the service.
    package var isPage: Bool

    package init(
        service: AzureError.Service, status: Int, code: String? = nil, message: String? = nil,
        correlationID: String? = nil, retryAfter: Duration? = nil, isPage: Bool = false
    ) {
        self.service = service
        self.status = status
        self.code = code
        self.message = message
        self.correlationID = correlationID
        self.retryAfter = retryAfter
        self.isPage = isPage
    }
}

/// Why there is nothing to sign in with.
package enum CredentialProblem: Hashable, Sendable {
    /// Nothing is signed in; what the environment and the keyring had to say about it.
    case notSignedIn(environment: EnvironmentCredential.Gap?, keyring: KeyringError?)
    /// The account that was asked for is not signed in.
    case unknownAccount(String, keyring: KeyringError?)
    /// Several accounts fit and none was named.
    case severalAccounts([String])
    /// The keyring has the sign-in but does not give it out.
    case keyring(KeyringError)
    /// The tenant is no GUID or domain name.
    case invalidTenant(String)
}

extension AzureError {
    /// Whether the same request may succeed a little later: 429, 5xx, a connection that broke.
    package var isRetryable: Bool {
        switch self {
        case .refused(let refusal): refusal.status == 429 || (500..<600).contains(refusal.status)
        case .unreachable(_, .connection(let failure)): failure.isPassing
        case .unreachable(_, .cutShort): true
        default: false
        }
    }

    /// How long the service asked to wait.
    package var retryAfter: Duration? {
        if case .refused(let refusal) = self { refusal.retryAfter } else { nil }
    }

    /// Whether the access token was not accepted.
    var isUnauthorized: Bool {
        if case .refused(let refusal) = self { refusal.status == 401 } else { false }
    }
}

extension TLSError {
    /// Whether it may pass by itself: not a name, a certificate or a setting that is wrong.
    package var isPassing: Bool {
        switch self {
        case .lost, .closed, .notConnected, .timedOut: true
        case .proxy(let error): error.failure.isPassing
        default: false
        }
    }
}

extension ProxyFailure {
    /// The same for what a proxy says, where 502 to 504 stand for the target's own network.
    fileprivate var isPassing: Bool {
        switch self {
        case .unreachable(let error), .behind(let error): error.isPassing
        case .refused(let status, _): (502...504).contains(status)
        case .socksRefused(let reply): reply.isPassing
        case .closed, .lost, .timedOut: true
        default: false
        }
    }
}

extension SOCKSReply {
    fileprivate var isPassing: Bool {
        switch self {
        case .generalFailure, .networkUnreachable, .hostUnreachable, .connectionRefused, .expired: true
        case .notAllowed, .commandNotSupported, .addressTypeNotSupported, .unknown: false
        }
    }
}
