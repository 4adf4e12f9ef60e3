package import Posix

/// What a program that a test ran came to.
package struct CommandResult: Sendable {
    package let ending: ChildProcess.Ending
    package let standardOutput: [UInt8]
    package let standardError: String

    package var output: String { String(decoding: standardOutput, as: UTF8.self) }

    /// As a shell shows it: the exit status, or 128 and the signal's number.
    package var status: Int32 {
        switch ending {
        case .exited(let status): status
        case .killed(let signal): 128 + signal
        }
    }

    /// Runs a program to its end.
    package static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String], input: [UInt8] = [],
        workingFolder: String? = nil, within limit: Duration = .seconds(60)
    ) throws -> CommandResult {
        let command = try RunningCommand(
            program, arguments, environment: environment, input: input, workingFolder: workingFolder)
        return try command.finish(within: limit)
    }
}

/// The programs of this package, as the build that runs the tests made them.
package enum BuiltProgram {
    /// The path of `bastion-up` or `bastion-emulator`: beside the test bundle, or where
    /// `BASTION_UP_TEST_PROGRAMS` says (to run the same tests against a release build).
    package static func path(_ name: String) -> String {
        if let folder = TestEnvironment.variable("BASTION_UP_TEST_PROGRAMS") { return "\(folder)/\(name)" }
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let real = (try? FilePath.real(bundle)) ?? bundle
        return FilePath.join(FilePath.folder(of: real), name)
    }
}
