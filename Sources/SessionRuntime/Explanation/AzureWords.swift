internal import Azure
internal import Diagnostics
internal import Keyring
internal import Transport

/// Words for what Azure's services answered.
struct AzureWords {
    let host: String
    let target: String

    func diagnostic(_ error: AzureError) -> Diagnostic {
        switch error {
        case .refused(let refusal): refused(refusal)
        case .unreachable(let service, let error): unreachable(service, error)
        case .unreadable(let service, let field):
            Diagnostic(
                "azure.unreadable",
                "the answer of \(name(service)) is not understood: '\(field)' is missing or malformed",
                remedy: "a proxy may have answered in its place; look with -vv", exit: .protocolViolation)
        case .endpointOutsideCloud(let endpoint, let suffix):
            Diagnostic(
                "azure.endpoint-outside-cloud",
                "bastion host '\(host)' names the endpoint '\(endpoint)', which does not lie under '\(suffix)'",
                remedy: endpoint.isEmpty
                    ? "the host may still be in the making: wait until it is provisioned"
                    : "no token was sent to it; for an emulated cloud set clouds.NAME.bastionSuffix",
                exit: .configuration)
        case .noCredential(let problem): CredentialWords(host: host).diagnostic(problem)
        case .invalidCloud(let setting):
            Diagnostic(
                "azure.invalid-cloud", "the cloud's setting '\(setting)' is no https URL or host name",
                remedy: "write it as https://host[:port], without a path")
        case .cancelled: .cancelled
        }
    }

    private func name(_ service: AzureError.Service) -> String {
        switch service {
        case .entra: "Microsoft Entra"
        case .resourceManager: "Azure Resource Manager"
        case .bastion: "bastion host '\(host)'"
        }
    }

    private func refused(_ refusal: Refusal) -> Diagnostic {
        let detail = refusal.detail
        if refusal.status == 429 || refusal.status >= 500 { return busy(refusal, detail) }
        if (300..<400).contains(refusal.status) { return redirected(refusal) }
        switch refusal.service {
        case .entra:
            return Diagnostic(
                "entra.refused", "Microsoft Entra refused the sign-in\(detail)",
                remedy: entraRemedy(refusal.code), exit: .notPermitted)
        case .resourceManager: return resourceManager(refusal.status, detail)
        case .bastion: return bastion(refusal.status, detail)
        }
    }

    private func busy(_ refusal: Refusal, _ detail: String) -> Diagnostic {
        let wait = refusal.retryAfter.map { "in \($0.components.seconds) s" } ?? "in a minute"
        return Diagnostic(
            refusal.status == 429 ? "azure.throttled" : "azure.service-error",
            "\(name(refusal.service)) answered with status \(refusal.status)\(detail)",
            remedy: "try again \(wait)", exit: .tryLater)
    }

    static let redirectionRemedy =
        "a proxy, or the sign-in page of a network, may answer in its place: open any web page in a browser, and "
        + "check HTTPS_PROXY"

    private func redirected(_ refusal: Refusal) -> Diagnostic {
        Diagnostic(
            "azure.redirected",
            "\(name(refusal.service)) sent the request elsewhere (status \(refusal.status))",
            remedy: Self.redirectionRemedy, exit: .unavailable)
    }

    private func entraRemedy(_ code: String?) -> String {
        switch code {
        case "AADSTS7000215", "AADSTS7000222", "invalid_client":
            "the client secret is wrong or has expired: set AZURE_CLIENT_SECRET, or sign in again with "
                + "'bastion-up login --service-principal'"
        case "AADSTS700016": "check the client ID, and that the application exists in this tenant"
        case "AADSTS90002": "check hosts.\(host).tenant and AZURE_TENANT_ID"
        default: "sign in again with 'bastion-up login --service-principal'"
        }
    }

    private func resourceManager(_ status: Int, _ detail: String) -> Diagnostic {
        switch status {
        case 401:
            Diagnostic(
                "arm.unauthorized", "Azure Resource Manager did not accept the access token\(detail)",
                remedy: "check that hosts.\(host).tenant is the tenant of the host's subscription",
                exit: .notPermitted)
        case 403:
            Diagnostic(
                "arm.forbidden", "you may not read bastion host '\(host)'\(detail)",
                remedy: "ask for the role Reader on the bastion host", exit: .notPermitted)
        case 404:
            Diagnostic(
                "arm.host-not-found", "there is no bastion host '\(host)' where the profile says\(detail)",
                remedy: "check name, resourceGroup and subscription under hosts.\(host)",
                exit: .configuration)
        default:
            Diagnostic(
                "arm.refused", "Azure Resource Manager answered with status \(status)\(detail)",
                remedy: "check hosts.\(host) in the profile", exit: .unavailable)
        }
    }

    private func bastion(_ status: Int, _ detail: String) -> Diagnostic {
        switch status {
        case 401:
            Diagnostic(
                "bastion.unauthorized", "bastion host '\(host)' did not accept the access token\(detail)",
                remedy: "check the clock, and that hosts.\(host).tenant is that of the host's subscription",
                exit: .notPermitted)
        case 403:
            Diagnostic(
                "bastion.forbidden", "bastion host '\(host)' does not let you connect to \(target)\(detail)",
                remedy: "check the target, and ask for the role Reader on the bastion host, the VM and its "
                    + "network interface",
                exit: .notPermitted)
        case 404:
            Diagnostic(
                "bastion.not-found", "bastion host '\(host)' does not know \(target)\(detail)",
                remedy: "check the target in the profile", exit: .configuration)
        default:
            Diagnostic(
                "bastion.refused", "bastion host '\(host)' answered with status \(status)\(detail)",
                remedy: "look with -vv", exit: .unavailable)
        }
    }

    private func unreachable(_ service: AzureError.Service, _ error: HTTPError) -> Diagnostic {
        switch error {
        case .connection(let error): TLSWords(peer: name(service)).diagnostic(error)
        case .proxySetting(let problem): ProxyWords.setting(problem)
        case .invalidRequest(let part):
            Diagnostic(
                "azure.invalid-request", "the request to \(name(service)) cannot be written: \(part)",
                remedy: "a name in the profile holds characters that Azure does not allow")
        case .violation, .cutShort:
            Diagnostic(
                "azure.garbled", "\(name(service)) gave an answer that cannot be used: \(error.words)",
                remedy: "try again; a proxy on the way may be at fault", exit: .protocolViolation)
        }
    }
}

extension Refusal {
    static let pageDetail = ", with a web page: a proxy or front end answered"

    /// What the service said, as an addition to a sentence. Entra's messages begin with their code by themselves.
    var detail: String {
        if isPage { return Self.pageDetail }
        let message = message ?? ""
        let code = code.flatMap { message.hasPrefix($0) ? nil : $0 }
        return Explanation.quoted(
            [code, message].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": "))
    }
}
