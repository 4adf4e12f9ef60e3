/// `az network bastion ssh|rdp|tunnel` with its options sorted out, not yet understood.
///
/// The options are those of the Azure CLI's `bastion` extension (1.4), and the ones that every `az` command takes.
struct AzureCommandLine {
    enum Verb: String { case ssh, rdp, tunnel }

    /// The option's own name, and the word behind it.
    struct Option: Hashable {
        var name: String
        var value: ShellWord
    }

    var verb: Verb
    var line: Int
    var options: [Option] = []
    var switches: Set<String> = []
    /// What stands behind `--`.
    var rest: [ShellWord] = []
    /// Options that are not known.
    var unknown: [ShellWord] = []
    /// Words that belong to no option: how many.
    var strayCount = 0

    private static let verbs = ["network", "bastion"]

    static let valued: Set<String> = [
        "--name", "--resource-group", "--subscription", "--target-resource-id", "--target-ip-address",
        "--resource-port", "--port", "--auth-type", "--username", "--ssh-key", "--ids", "--timeout",
        "--output", "--query",
    ]
    static let flags: Set<String> = [
        "--configure", "--enable-mfa", "--disable-gateway", "--debug", "--verbose", "--only-show-errors",
        "--help", "--yes",
    ]
    private static let short = [
        "-n": "--name", "-g": "--resource-group", "-o": "--output", "-h": "--help", "-y": "--yes",
        "--target-ip": "--target-ip-address",
    ]

    /// Nil where the words are another command.
    init?(_ words: [ShellWord]) {
        guard let start = Self.start(of: words), start + 3 < words.count,
            words[start + 1].text == Self.verbs[0], words[start + 2].text == Self.verbs[1],
            let verb = Verb(rawValue: words[start + 3].text)
        else { return nil }
        self.verb = verb
        line = words[start].line
        read(Array(words[(start + 4)...]))
    }

    /// `az account set --subscription S`: what later commands take by default.
    static func subscription(setBy words: [ShellWord]) -> ShellWord? {
        guard let start = start(of: words), start + 3 < words.count, words[start + 1].text == "account",
            words[start + 2].text == "set"
        else { return nil }
        for (option, value) in zip(words[(start + 3)...], words[(start + 3)...].dropFirst())
        where ["-s", "-n", "--subscription", "--name"].contains(option.text) {
            return value
        }
        return words[(start + 3)...].first { $0.text.hasPrefix("--subscription=") }.map { word in
            ShellWord(
                text: String(word.text.dropFirst("--subscription=".count)), isOpen: word.isOpen,
                line: word.line)
        }
    }

    /// Where `az` stands: behind a prompt, variables, `sudo` and the like.
    private static func start(of words: [ShellWord]) -> Int? {
        words.firstIndex { word in
            let name = word.text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
            return ["az", "az.cmd", "az.exe"].contains(name.lowercased())
        }
    }

    private mutating func read(_ words: [ShellWord]) {
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word.text == "--" {
                rest = Array(words[index...])
                return
            }
            guard word.text.hasPrefix("-"), word.text.count > 1 else {
                strayCount += 1
                continue
            }
            let parts = word.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            var inline =
                parts.count == 2
                ? ShellWord(text: String(parts[1]), isOpen: word.isOpen, line: word.line) : nil
            var name = Self.fullName(String(parts[0]))
            if name == nil, let (short, rest) = Self.attached(word) { (name, inline) = (short, rest) }
            let hasValue = index < words.count && !words[index].text.hasPrefix("-")
            guard let name else {
                unknown.append(ShellWord(text: String(parts[0]), line: word.line))
                if inline == nil, hasValue { index += 1 }
                continue
            }
            if Self.flags.contains(name) {
                switches.insert(name)
                if inline == nil, hasValue, ["true", "false"].contains(words[index].text.lowercased()) {
                    inline = words[index]
                    index += 1
                }
                if inline?.text.lowercased() == "false" { switches.remove(name) }
            } else if let inline {
                options.append(Option(name: name, value: inline))
            } else if hasValue {
                options.append(Option(name: name, value: words[index]))
                index += 1
            } else {
                unknown.append(ShellWord(text: name, line: word.line))
            }
        }
    }

    /// The name in full; the Azure CLI takes any beginning that fits one name alone.
    private static func fullName(_ word: String) -> String? {
        if let name = short[word] { return name }
        let names = valued.union(flags)
        if names.contains(word) { return word }
        guard word.hasPrefix("--"), word.count > 3 else { return nil }
        let found = names.filter { $0.hasPrefix(word) }
        return found.count == 1 ? found.first : nil
    }

    /// `-nNAME`
    private static func attached(_ word: ShellWord) -> (String, ShellWord)? {
        guard !word.text.hasPrefix("--"), let name = short[String(word.text.prefix(2))], valued.contains(name)
        else { return nil }
        let value = String(word.text.dropFirst(2))
        return value.isEmpty ? nil : (name, ShellWord(text: value, isOpen: word.isOpen, line: word.line))
    }

    subscript(_ name: String) -> ShellWord? { options.last { $0.name == name }?.value }
}
