/// Programs that do something once and are done.
enum Tool {
    /// - Returns: what it wrote to standard output.
    /// - Throws: where it fails, with what it wrote.
    @discardableResult
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = TestEnvironment.minimal,
        input: String = ""
    ) throws -> String {
        let result = try CommandResult.run(
            program, arguments, environment: environment, input: Array(input.utf8))
        guard result.status == 0 else {
            throw RunningCommand.Failure(description: "\(program): \(result.output)\(result.standardError)")
        }
        return result.output
    }
}
