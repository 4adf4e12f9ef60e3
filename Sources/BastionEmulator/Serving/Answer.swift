internal import Diagnostics
internal import Transport

/// What a role answers, and what the log says about it.
struct Answer {
    var status: Int
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    /// Sent in chunks, without `Content-Length`.
    var isChunked = false

    /// For the log: the client ID, the session, what was wrong with the request.
    var client: String?
    var session: String?
    var violations: [String] = []

    /// The JSON of the body, as long as the body is nothing else.
    private var json: JSON?

    init(_ status: Int) { self.status = status }

    init(_ status: Int, _ json: JSON, headers: HTTPHeaders = [:]) {
        self.status = status
        self.headers = headers
        self.headers["Content-Type"] = "application/json; charset=utf-8"
        self.json = json
        body = Array(json.compact.utf8)
    }

    /// Replaces members of the JSON in the body; adds what is not there. No effect on other bodies.
    mutating func replace(_ fields: [Fault.Field]) {
        guard !fields.isEmpty, case .object(var members)? = json else { return }
        for field in fields {
            members.removeAll { $0.name == field.name }
            switch field.value {
            case .absent: continue
            case .number(let number): members.append(JSON.Member(name: field.name, value: .integer(number)))
            case .text(let text): members.append(JSON.Member(name: field.name, value: .text(text)))
            }
        }
        json = .object(members)
        body = Array(JSON.object(members).compact.utf8)
    }

    static func html(_ status: Int, title: String) -> Answer {
        var answer = Answer(status)
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
        answer.body = Array(
            "<!doctype html><html><head><title>\(title)</title></head><body><h1>\(title)</h1></body></html>"
                .utf8)
        return answer
    }

    func violating(_ text: String) -> Answer {
        var copy = self
        copy.violations.append(text)
        return copy
    }

    func from(client: String?) -> Answer {
        var copy = self
        copy.client = client
        return copy
    }

    /// The words for a status in the first line.
    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        default: "Status \(status)"
        }
    }
}
