/// One HTTP request, as `plan` shows it. Nothing secret stands in it: a token is `<token>`.
package struct APICall: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    package var method: String
    package var url: String
    /// Form fields worth showing.
    package var fields: [Field]

    package init(_ method: String, _ url: String, fields: [(String, String)] = []) {
        self.method = method
        self.url = url
        self.fields = fields.map { Field(name: $0.0, value: $0.1) }
    }
}
