/// A word of a command line, after quotes.
struct ShellWord: Hashable {
    var text: String
    /// Holds what only a shell, or a person, could fill in: `$(…)`, a variable, `<placeholder>`.
    var isOpen = false
    /// From 1.
    var line: Int
}

/// Splits text into commands as a shell does, for reading and never for running: quotes, escapes, continued lines (of
/// sh, PowerShell and cmd), comments, separators; simple variables that the text sets are replaced. A quote ends with
/// its line, so that an apostrophe in prose takes nothing else with it.
struct ShellWords {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var variables: [String: String] = [:]
    private var commands: [[ShellWord]] = []
    private var command: [ShellWord] = []
    private var word = ""
    /// Whether a word has begun, be it an empty one.
    private var hasWord = false
    private var isOpen = false
    private var wordLine = 1
    /// The next word names a file of a redirection.
    private var skipsWord = false

    /// How much variables have added to the text, in bytes.
    private var expandedBytes = 0

    /// The longest text of one variable.
    private static let variableLimit = 1024
    /// The most that variables may add.
    private static let expansionLimit = 1 << 20

    private init(_ text: String, line: Int) {
        scalars = Array(text.unicodeScalars)
        self.line = line
    }

    /// - Parameter line: the number of the text's first line.
    static func commands(in text: String, line: Int = 1) -> [[ShellWord]] {
        var splitter = ShellWords(text, line: line)
        splitter.run()
        return splitter.commands
    }

    private mutating func run() {
        while let scalar = take() { step(scalar) }
        endCommand()
    }

    private mutating func take() -> Unicode.Scalar? {
        guard index < scalars.count else { return nil }
        index += 1
        if scalars[index - 1] == "\n" { line += 1 }
        return scalars[index - 1]
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        index + offset < scalars.count ? scalars[index + offset] : nil
    }

    private mutating func step(_ scalar: Unicode.Scalar) {
        switch scalar {
        case " ", "\t": endWord()
        case "\n", ";", "|", "&", "(", ")": endCommand()
        case "#" where !hasWord: skipLine()
        case "\\", "^", "`":
            if peek() == "\n" {
                // A continued line.
                _ = take()
                if scalar != "\\" { endWord() }
            } else if scalar == "`" {
                open(through: "`")
            } else if scalar == "\\", let next = take() {
                add(next)
            } else {
                add(scalar)
            }
        case "'": quote { $0.add($1) }
        case "\"": doubleQuote()
        case "$": expand()
        case "<" where isPlaceholder(): open(through: ">")
        case "<", ">": redirect()
        default: add(scalar)
        }
    }

    private mutating func add(_ scalar: Unicode.Scalar) {
        begin()
        word.unicodeScalars.append(scalar)
    }

    private mutating func begin() {
        if !hasWord { wordLine = line }
        hasWord = true
    }

    private mutating func endWord() {
        guard hasWord else { return }
        if !skipsWord { command.append(ShellWord(text: word, isOpen: isOpen, line: wordLine)) }
        (word, hasWord, isOpen, skipsWord) = ("", false, false, false)
    }

    private mutating func endCommand() {
        endWord()
        skipsWord = false
        guard !command.isEmpty else { return }
        let assigned = command.first?.text == "export" ? command.dropFirst() : command[...]
        if assigned.allSatisfy({ Self.assignment($0) != nil }) {
            for assignment in assigned.compactMap(Self.assignment) { variables[assignment.0] = assignment.1 }
        } else {
            commands.append(command)
        }
        command = []
    }

    /// `NAME=value`; an open value is nil, so that the variable stays unknown.
    private static func assignment(_ word: ShellWord) -> (String, String?)? {
        guard let equals = word.text.firstIndex(of: "=") else { return nil }
        let name = word.text[..<equals]
        guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.allSatisfy(isNameByte)
        else { return nil }
        let value = String(word.text[word.text.index(after: equals)...])
        return (String(name), word.isOpen || value.utf8.count > variableLimit ? nil : value)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }

    private mutating func skipLine() {
        while let next = peek(), next != "\n" { index += 1 }
    }
}

// MARK: - Quotes and expansions

extension ShellWords {
    /// What stands up to the next single quote, or the end of the line.
    private mutating func quote(_ body: (inout ShellWords, Unicode.Scalar) -> Void) {
        begin()
        while let next = peek(), next != "\n" {
            index += 1
            if next == "'" { return }
            body(&self, next)
        }
    }

    private mutating func doubleQuote() {
        begin()
        while let next = peek(), next != "\n" {
            index += 1
            switch next {
            case "\"": return
            case "\\":
                guard let escaped = peek() else { return }
                if escaped == "\n" {
                    _ = take()
                } else if ["\"", "\\", "$", "`"].contains(escaped) {
                    index += 1
                    add(escaped)
                } else {
                    add("\\")
                }
            case "$": expand()
            case "`": open(through: "`")
            case "<" where isPlaceholder(): open(through: ">")
            default: add(next)
            }
        }
    }

    /// After a `$`: a variable that the text has set, or something open.
    private mutating func expand() {
        switch peek() {
        case "(": openParenthesis()
        case "{":
            index += 1
            var name = ""
            while let next = peek(), next != "}", next != "\n" {
                name.unicodeScalars.append(next)
                index += 1
            }
            if peek() == "}" { index += 1 }
            addVariable(name)
        default:
            var name = ""
            while let next = peek(), let byte = UInt8(exactly: next.value), Self.isNameByte(byte) {
                name.unicodeScalars.append(next)
                index += 1
            }
            if name.isEmpty { add("$") } else { addVariable(name) }
        }
    }

    private mutating func addVariable(_ name: String) {
        begin()
        if let value = variables[name], expandedBytes + value.utf8.count <= Self.expansionLimit {
            word += value
            expandedBytes += value.utf8.count
        } else {
            isOpen = true
        }
    }

    /// `$(…)` up to its end, or to the end of the text where it has none.
    private mutating func openParenthesis() {
        begin()
        isOpen = true
        var depth = 0
        while let next = take() {
            if next == "(" { depth += 1 }
            if next == ")" { depth -= 1 }
            if depth == 0 { return }
        }
    }

    /// Up to the closing mark, or to the end of the line.
    private mutating func open(through mark: Unicode.Scalar) {
        begin()
        isOpen = true
        while let next = peek(), next != "\n" {
            index += 1
            if next == mark { return }
        }
    }

    /// Whether a `<` begins a placeholder of documentation: `<resource group>`.
    private func isPlaceholder() -> Bool {
        var offset = 0
        while let next = peek(offset), offset < 64 {
            if next == ">" { return offset > 0 }
            guard next.properties.isAlphabetic || "0123456789 -_.".unicodeScalars.contains(next) else {
                return false
            }
            offset += 1
        }
        return false
    }

    /// `>file`, `2>&1`, `<file`: neither the number nor the file is a word.
    private mutating func redirect() {
        if hasWord, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            (word, hasWord) = ("", false)
        }
        endWord()
        while let next = peek(), [">", "<", "&"].contains(next) { index += 1 }
        skipsWord = true
    }
}
