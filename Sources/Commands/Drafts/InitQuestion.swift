internal import Diagnostics
internal import Profiles

/// One question of `init`: a flag answers it, else a person at the terminal, else what is suggested.
struct InitQuestion<Answer> {
    let flag: String
    /// Lines above the question that say what is wanted.
    var help: [String] = []
    let prompt: String
    /// What Enter alone means, and what is taken where nobody can be asked.
    var suggestion: String?
    /// Whether nothing is an answer too.
    var isOptional = false
    /// What to do where the flag is missing and nobody can be asked.
    var missingRemedy = "give it, or run 'bastion-up init' at a terminal"
    /// - Throws: why the text is no answer.
    let read: (String) throws(Diagnostic) -> Answer

    /// - Throws: `usage.missing-flag` where nobody can be asked and nothing is suggested; what is wrong with the flag.
    func ask(_ arguments: ParsedArguments, _ context: CommandContext) throws(Problems) -> Answer? {
        if let given = arguments.value(flag) {
            do { return try read(given) } catch { throw Problems(error.naming(flag)) }
        }
        guard context.mayAskForText else {
            guard let suggestion else {
                if isOptional { return nil }
                throw Problems(missing)
            }
            do { return try read(suggestion) } catch { throw Problems(error) }
        }
        return try converse(context)
    }

    private func converse(_ context: CommandContext) throws(Problems) -> Answer? {
        if !help.isEmpty { context.say("\n" + help.joined(separator: "\n")) }
        let shown = suggestion.map { " [\($0)]" } ?? (isOptional ? " [none]" : "")
        while true {
            guard let text = try context.ask("\(prompt)\(shown): ") else {
                throw Problems(
                    Diagnostic(
                        "init.no-answer", "the question was not answered, and nothing was written",
                        remedy: "run it again, or answer with \(flag)", exit: .usage))
            }
            let answer = text.isEmpty ? suggestion ?? "" : text
            if answer.isEmpty, isOptional { return nil }
            guard !answer.isEmpty else { continue }
            do { return try read(answer) } catch {
                context.say("  \(error.message.printable)")
                if !error.remedy.isEmpty { context.say("  \(error.remedy.printable)") }
            }
        }
    }

    private var missing: Diagnostic {
        Diagnostic(
            "usage.missing-flag", "\(flag) is missing, and nobody can be asked",
            remedy: missingRemedy, exit: .usage)
    }
}

extension InitQuestion where Answer == String {
    /// A question whose answer is a value of the file: the decoder says what is wrong with it.
    init(
        _ flag: String, _ prompt: String, value: KeyTree?, help: [String] = [], suggestion: String? = nil,
        isOptional: Bool = false
    ) {
        self.init(
            flag: flag, help: help, prompt: prompt, suggestion: suggestion, isOptional: isOptional
        ) { (text) throws(Diagnostic) in
            if let fault = value?.fault(in: text) { throw fault }
            return text
        }
    }
}

extension Diagnostic {
    /// The same about a flag of the command line.
    func naming(_ flag: String) -> Diagnostic {
        var copy = self
        copy.message = "\(flag): \(message)"
        return copy
    }
}
