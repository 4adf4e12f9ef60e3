/// Reads arguments of ssh(1), as they stand behind `--` of `az network bastion ssh`.
enum SSHArguments {
    /// Keywords of the options that take a value.
    private static let valued: [Character: String] = [
        "L": "LocalForward", "R": "RemoteForward", "D": "DynamicForward", "i": "IdentityFile", "l": "User",
        "J": "ProxyJump", "F": "-F", "E": "-E", "S": "-S", "c": "Ciphers", "m": "MACs", "b": "BindAddress",
        "W": "-W", "w": "-w", "Q": "-Q", "I": "-I", "B": "-B", "O": "-O", "e": "EscapeChar", "p": "-p",
    ]
    private static let switches: [Character: (String, String)] = [
        "C": ("Compression", "yes"), "4": ("AddressFamily", "inet"), "6": ("AddressFamily", "inet6"),
        "A": ("ForwardAgent", "yes"), "X": ("ForwardX11", "yes"), "Y": ("ForwardX11Trusted", "yes"),
        "t": ("RequestTTY", "yes"), "T": ("RequestTTY", "no"),
    ]
    /// They change nothing that a profile would say.
    private static let silent: Set<Character> = [
        "v", "q", "a", "x", "k", "K", "n", "y", "s", "M", "g", "G", "f",
    ]

    static func read(_ words: [ShellWord], into run: inout ImportRun) {
        var index = 0
        while index < words.count {
            let word = words[index]
            guard word.text.hasPrefix("-"), word.text.count > 1 else { break }
            index += 1
            if word.text == "--" { break }
            var letters = word.text.dropFirst()
            while let letter = letters.popFirst() {
                if letter == "o" || valued[letter] != nil {
                    var value = ShellWord(text: String(letters), isOpen: word.isOpen, line: word.line)
                    letters = ""
                    if value.text.isEmpty {
                        guard index < words.count else { break }
                        value = words[index]
                        index += 1
                    }
                    set(letter, value, &run)
                } else if let (keyword, value) = switches[letter] {
                    SSHKeywords.apply(keyword, value, line: word.line, to: &run)
                } else if !silent.contains(letter), letter != "N" {
                    unknown("-\(letter)", word.line, &run)
                }
            }
        }
        setCommand(words[index...], &run)
    }

    private static func set(_ letter: Character, _ value: ShellWord, _ run: inout ImportRun) {
        guard !value.isOpen else {
            return run.notes.leaveOut(
                "'-\(letter)'", because: "its value is known to a shell only", line: value.line)
        }
        if letter == "o" {
            let parts = value.text.split(maxSplits: 1, whereSeparator: { $0 == "=" || $0 == " " })
            guard parts.count == 2 else { return unknown("-o", value.line, &run) }
            return SSHKeywords.apply(String(parts[0]), parts[1].trimmed, line: value.line, to: &run)
        }
        guard let keyword = valued[letter], !keyword.hasPrefix("-") else {
            return unknown("-\(letter)", value.line, &run)
        }
        SSHKeywords.apply(keyword, value.text, line: value.line, to: &run)
    }

    private static func setCommand(_ words: ArraySlice<ShellWord>, _ run: inout ImportRun) {
        guard let first = words.first else { return }
        guard !words.contains(where: \.isOpen) else {
            return run.notes.leaveOut(
                "the remote command", because: "part of it is known to a shell only", line: first.line)
        }
        let command = words.map(\.text).joined(separator: " ")
        run.set("ssh.command", command, from: "the remote command", line: first.line)
    }

    private static func unknown(_ option: String, _ line: Int, _ run: inout ImportRun) {
        run.notes.leaveOut("ssh's '\(option)'", because: "profiles have nothing like it", line: line)
    }
}
