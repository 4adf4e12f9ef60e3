internal import Diagnostics

/// Words for libyaml's syntax problems.
enum SyntaxProblem {
    /// The diagnostic for a problem that libyaml (0.2.5) names in its own words.
    ///
    /// - Parameter isAtTab: whether the scanner stands before a tab, which it then could not use.
    static func diagnostic(_ problem: String, isAtTab: Bool, at place: SourceLocation) -> Diagnostic {
        if problem.contains("incompatible YAML document") {
            return Diagnostic(
                "yaml.version", "the %YAML directive asks for another version than 1.1 or 1.2",
                remedy: "remove the directive", at: place)
        }
        if isAtTab || problem.contains("tab character") {
            return Diagnostic(
                "yaml.tab", "a tab character indents this line", remedy: "indent with spaces", at: place)
        }
        return Diagnostic(
            "yaml.syntax", "the file is not valid YAML: \(problem)", remedy: remedy(for: problem), at: place)
    }

    private static func remedy(for problem: String) -> String {
        for (part, remedy) in remedies where problem.contains(part) { return remedy }
        return "check the quotes, brackets and the indentation here and in the lines above"
    }

    private static let remedies = [
        ("mapping values are not allowed", "put the value in quotes, or begin the key on its own line"),
        ("could not find expected ':'", "write 'key: value', with a space after the colon"),
        ("did not find expected ',' or", "close the brackets that were opened, or add the missing comma"),
        ("did not find expected key", "indent this line like the keys that belong to the same map"),
        ("did not find expected '-'", "indent this line like the items of the same list"),
        ("unexpected end of stream", "close the quote that was opened above"),
        ("cannot start any token", "put the value in quotes"),
        ("escape character", "use single quotes, in which a backslash is an ordinary character"),
        ("undefined tag handle", "remove the tag"),
    ]
}
