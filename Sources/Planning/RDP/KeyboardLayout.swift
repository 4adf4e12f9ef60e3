/// A keyboard layout as FreeRDP takes it: Windows' own number, or the name that FreeRDP has for it.
enum KeyboardLayout {
    /// Windows' numbers (KLID) of the layouts that people call by the codes of X11.
    private static let codes: [String: String] = [
        "us": "0x00000409", "gb": "0x00000809", "uk": "0x00000809", "ie": "0x00001809", "de": "0x00000407",
        "ch": "0x00000807", "fr": "0x0000040C", "be": "0x0000080C", "ca": "0x00001009", "es": "0x0000040A",
        "latam": "0x0000080A", "it": "0x00000410", "pt": "0x00000816", "br": "0x00000416", "nl": "0x00000413",
        "dk": "0x00000406", "no": "0x00000414", "se": "0x0000041D", "fi": "0x0000040B", "is": "0x0000040F",
        "pl": "0x00000415", "cz": "0x00000405", "sk": "0x0000041B", "hu": "0x0000040E", "ro": "0x00000418",
        "si": "0x00000424", "hr": "0x0000041A", "ee": "0x00000425", "lv": "0x00000426", "lt": "0x00000427",
        "gr": "0x00000408", "tr": "0x0000041F", "ru": "0x00000419", "ua": "0x00000422", "bg": "0x00000402",
        "il": "0x0000040D", "jp": "0x00000411", "kr": "0x00000412",
    ]

    /// What FreeRDP is given for the text of a profile: a code such as `de`, a number such as `0x407`, or a name of
    /// FreeRDP's own list, which begins with a capital. Nil for anything else, and for a comma, behind which
    /// release 3 reads further settings.
    static func argument(_ text: String) -> String? {
        if let number = codes[text.lowercased()] { return number }
        if text.lowercased().hasPrefix("0x") {
            let digits = text.dropFirst(2)
            return (1...8).contains(digits.count) && digits.allSatisfy(\.isHexDigit) ? text : nil
        }
        guard let first = text.unicodeScalars.first, ("A"..."Z").contains(first),
            !text.utf8.contains(UInt8(ascii: ","))
        else { return nil }
        return text
    }
}
