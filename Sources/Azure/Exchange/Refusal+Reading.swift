internal import Transport

extension Refusal {
    /// Reads an error answer in any of the shapes that these services use:
    /// `{"error":{"code","message"}}` (Resource Manager), `{"error","error_description"}` (Entra ID),
    /// `{"message"}` (Bastion), or a page of whatever stands in between.
    init(_ response: HTTPResponse, from service: AzureError.Service, now: Int) {
        self.init(service: service, status: response.status)
        retryAfter = RetryAfter.wait(after: response.headers, now: now)
        correlationID = Self.line(
            response.headers["x-ms-correlation-request-id"] ?? response.headers["x-ms-request-id"])
        let isHTML = response.headers["Content-Type"]?.lowercased().hasPrefix("text/html") ?? false
        isPage = isHTML || response.body.first { $0 > 0x20 } == UInt8(ascii: "<")
        guard !isPage, let json = JSONValue.parse(response.body) else { return }
        if let error = json["error"], case .object = error {
            code = Self.line(error["code"]?.string)
            message = Self.line(error["message"]?.string)
        } else if let error = json["error"]?.string, let description = json["error_description"]?.string {
            code = Self.signInCode(description) ?? Self.line(error)
            message = Self.line(description)
            correlationID = Self.line(json["correlation_id"]?.string) ?? correlationID
        } else {
            code = Self.line(json["error"]?.string ?? json["code"]?.string)
            message = Self.line(json["message"]?.string)
        }
    }

    /// `AADSTS7000215` of `AADSTS7000215: Invalid client secret provided…`.
    private static func signInCode(_ description: String) -> String? {
        let prefix = "AADSTS"
        guard description.hasPrefix(prefix) else { return nil }
        let digits = description.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? nil : prefix + digits
    }

    /// A peer's text made fit to be shown: its first line, without control characters, cut.
    private static func line(_ text: String?) -> String? {
        guard let text else { return nil }
        let first = text.split(whereSeparator: \.isNewline).first ?? ""
        let clean = String.UnicodeScalarView(
            first.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint && !$0.isControl }
                .prefix(500))
        return clean.isEmpty ? nil : String(clean)
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7F..<0xA0).contains(value) }
}
