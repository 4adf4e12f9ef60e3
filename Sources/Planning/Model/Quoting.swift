/// How text is written so that what reads it takes it literally.
package indirect enum Quoting: Hashable, Sendable {
    /// An argument: nothing reads it but the program.
    case none
    /// A file name in the value of an ssh option, which splits at spaces and expands `%`.
    case sshOption
    /// A word of ssh's `ProxyCommand`, which expands `%` and is then run by the user's shell.
    case proxyCommand
    /// A word for sh(1).
    case shell
    /// The same for people to read and to copy: as it is, where nothing in it has a meaning to a shell.
    case shellWhereNeeded
    /// A name in the value of an ssh option: as it is, where nothing in it has a meaning to ssh.
    case sshName
    /// Text that is quoted already, inside of a word in single quotes of rsync's `-e`: rsync knows no backslash
    /// there, and two quotes stand for one (rsync(1)).
    case insideRemoteShell(Quoting)

    package func quoted(_ text: String) -> String {
        switch self {
        case .none: text
        case .sshOption: Self.sshOptionValue(text)
        case .proxyCommand: Self.doublingPercent(Self.shellWord(text))
        case .shell: Self.inSingleQuotes(text)
        case .shellWhereNeeded: Self.isPlainWord(text) ? text : Self.inSingleQuotes(text)
        case .sshName: Self.isPlainName(text) ? text : Self.sshOptionValue(text)
        case .insideRemoteShell(let inner):
            Self.replacing("'", in: inner.quoted(text), by: "''")
        }
    }

    /// A backslash before each character that a shell could read as its own.
    ///
    /// Not quotation marks: `sh`, `csh` and `fish` read those differently, but agree on a backslash before
    /// punctuation. A line break, which a backslash would remove, stands in single quotes.
    static func shellWord(_ text: String) -> String {
        var word = text.isEmpty ? "''" : ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "-", "_", ":", "+", ",", "@":
                word.unicodeScalars.append(scalar)
            case "\n", "\r": word += "'\(scalar)'"
            case _ where scalar.value >= 0x80: word.unicodeScalars.append(scalar)
            default: word += "\\\(scalar)"
            }
        }
        return word
    }

    /// A backslash is one by itself, and releases differ in what two of them are.
    private static func isPlainName(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && !"\"'%#".unicodeScalars.contains($0) }
    }

    private static func sshOptionValue(_ text: String) -> String { doublingPercent(inDoubleQuotes(text)) }

    /// In double quotes, with a backslash before quotation marks and backslashes (ssh_config(5)).
    static func inDoubleQuotes(_ text: String) -> String {
        var value = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { value += "\\" }
            value.unicodeScalars.append(scalar)
        }
        return value + "\""
    }

    private static func inSingleQuotes(_ text: String) -> String {
        "'" + replacing("'", in: text, by: "'\\''") + "'"
    }

    private static func isPlainWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9": true
                default: "/.-_:=+,@%".unicodeScalars.contains(scalar)
                }
            }
    }

    private static func doublingPercent(_ text: String) -> String { replacing("%", in: text, by: "%%") }

    /// By scalars, as all that reads the text does: a mark that combines with a quotation mark would hide it.
    package static func replacing(_ mark: Unicode.Scalar, in text: String, by replacement: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == mark { result += replacement } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}
