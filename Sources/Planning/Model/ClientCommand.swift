/// A client program to launch: words, never a shell line.
package struct ClientCommand: Hashable, Sendable {
    package struct Variable: Hashable, Sendable {
        package var name: String
        package var value: Word

        package init(_ name: String, _ value: Word) { (self.name, self.value) = (name, value) }
    }

    /// What the askpass helper may answer: this secret, to one of these prompts, once.
    package struct Askpass: Hashable, Sendable {
        package var secret: SecretLabel
        /// Whole prompts, to be compared exactly.
        package var prompts: [String]

        package init(secret: SecretLabel, prompts: [String]) {
            (self.secret, self.prompts) = (secret, prompts)
        }
    }

    /// Absolute.
    package var program: String
    /// Without the program's own name.
    package var arguments: [Word]
    /// Added to the environment that the client inherits.
    package var environment: [Variable]
    package var askpass: Askpass?

    package init(
        program: String, arguments: [Word], environment: [Variable] = [], askpass: Askpass? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.askpass = askpass
    }
}
