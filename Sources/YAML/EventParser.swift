internal import CLibYAML
internal import Diagnostics

/// A libyaml parser over bytes that it borrows. Places are counted from 0, as libyaml does.
struct EventParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: String

    /// - Parameter bytes: valid UTF-8 without a byte order mark; must outlive the parser.
    /// - Throws: `yaml.no-memory`.
    init(borrowing bytes: UnsafeBufferPointer<UInt8>, file: String) throws(Diagnostic) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw Self.outOfMemory(file)
        }
        self.parser = parser
        self.file = file
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// Parses the next event and lends it to `body`; its pointers are valid in there only.
    ///
    /// - Throws: `yaml.syntax` and its special cases, at libyaml's problem mark.
    mutating func next(_ body: (yaml_event_t) -> Void) throws(Diagnostic) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        body(event)
        yaml_event_delete(&event)
    }

    private func failure() -> Diagnostic {
        let state = parser.pointee
        if state.error == YAML_MEMORY_ERROR { return Self.outOfMemory(file) }
        let problem = state.problem.map { String(cString: $0) } ?? "it cannot be read"
        let place = SourceLocation(
            file: file, line: Int(state.problem_mark.line) + 1, column: Int(state.problem_mark.column) + 1)
        let isAtTab = state.buffer.pointer != state.buffer.last && state.buffer.pointer?.pointee == 0x09
        return SyntaxProblem.diagnostic(problem, isAtTab: isAtTab, at: place)
    }

    private static func outOfMemory(_ file: String) -> Diagnostic {
        Diagnostic(
            "yaml.no-memory", "there is not enough memory to read '\(file)'", remedy: "make the file smaller",
            exit: .systemError)
    }
}
