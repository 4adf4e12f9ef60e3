internal import Diagnostics

/// What is wrong with one value, still without its place.
struct ScalarFault: Hashable {
    var code: String
    var message: String
    var remedy: String
    var severity = Diagnostic.Severity.error

    init(_ code: String, _ message: String, _ remedy: String, _ severity: Diagnostic.Severity = .error) {
        (self.code, self.message, self.remedy, self.severity) = (code, message, remedy, severity)
    }

    func diagnostic(at location: SourceLocation) -> Diagnostic {
        severity == .warning
            ? .warning(code, message, remedy: remedy, at: location)
            : Diagnostic(code, message, remedy: remedy, at: location)
    }
}

extension ScalarKind {
    /// Checks one value; nil where it is fine.
    ///
    /// - Parameters:
    ///   - key: whose value it is; only a message makes words of it.
    ///   - isPlain: whether it stands in the file without quotes.
    func fault(in text: String, isPlain: Bool, key: Key) -> ScalarFault? {
        if let fault = controlFault(in: text, key: key) { return fault }
        if isTyped { return typedFault(in: text, isPlain: isPlain, key: key) }
        if isPlain, let fault = quotingFault(in: text, key: key) { return fault }
        if text.isEmpty, !allowsEmptyText {
            return ScalarFault(
                "profile.empty-value", "'\(key.shownPath)' is empty", "give it a value, or remove the key")
        }
        if interpolation != .none, text.utf8.contains(0x24) {
            if let fault = Placeholders.fault(in: text, isStrict: interpolation == .strict) { return fault }
            if Placeholders.changes(text) { return nil }
        }
        return formFault(in: text, isPlain: isPlain, key: key)
    }

    private var allowsEmptyText: Bool {
        switch self {
        case .prose, .literal, .remoteCommand: true
        default: false
        }
    }

    private func controlFault(in text: String, key: Key) -> ScalarFault? {
        let allowsLines = self == .prose || self == .remoteCommand
        let isBad = text.utf8.contains { byte in
            byte < 0x20 && !(allowsLines && (byte == 0x0A || byte == 0x09)) || byte == 0x7F
        }
        guard isBad else { return nil }
        return ScalarFault(
            "profile.control-character", "'\(key.shownPath)' holds a line break or another control character",
            "write it on one line without escapes like \\n")
    }

    // MARK: numbers and booleans

    private func typedFault(in text: String, isPlain: Bool, key: Key) -> ScalarFault? {
        switch self {
        case .boolean, .onlyTrue: booleanFault(in: text, isPlain: isPlain, key: key)
        case .formatVersion: versionFault(in: text, isPlain: isPlain)
        case .integer(let range): integerFault(in: text, isPlain: isPlain, range: range, key: key)
        default: nil
        }
    }

    private func booleanFault(in text: String, isPlain: Bool, key: Key) -> ScalarFault? {
        if isPlain, let value = PlainText.boolean(text) {
            guard self == .onlyTrue, !value else { return nil }
            return ScalarFault(
                "profile.invalid-value", "'\(key.shownPath)' can only be true", "remove the key")
        }
        if isPlain, let value = PlainText.oldBoolean(text) {
            return ScalarFault(
                "profile.ambiguous-boolean",
                "'\(text)' is a boolean for some YAML readers and text for others",
                "write \(value)")
        }
        return ScalarFault(
            "profile.wrong-type",
            "'\(key.shownPath)' must be true or false, not the text '\(text.shortened)'",
            "write true or false without quotes")
    }

    private func versionFault(in text: String, isPlain: Bool) -> ScalarFault? {
        if isPlain, text == "1" { return nil }
        if isPlain, let number = PlainText.integer(text) {
            return ScalarFault(
                "profile.unsupported-version", "the file has format version \(number), and only 1 is known",
                "write version: 1, or use a newer bastion-up")
        }
        return ScalarFault(
            "profile.wrong-type", "'version' must be the number 1, not '\(text.shortened)'",
            "write version: 1")
    }

    private func integerFault(in text: String, isPlain: Bool, range: ClosedRange<Int>, key: Key)
        -> ScalarFault?
    {
        guard isPlain else {
            return ScalarFault(
                "profile.wrong-type", "'\(key.shownPath)' must be a number, not the text '\(text.shortened)'",
                "write it without quotes")
        }
        if let value = PlainText.integer(text) {
            guard !range.contains(value) else { return nil }
            return ScalarFault(
                "profile.number-out-of-range", "'\(key.shownPath)' is \(value)",
                "give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        if PlainText.looksLikeNumber(text) {
            return ScalarFault(
                "profile.ambiguous-number", "'\(text.shortened)' is not the same number for all YAML readers",
                "write it in decimal digits, without a leading zero")
        }
        return ScalarFault(
            "profile.wrong-type", "'\(key.shownPath)' must be a number, not '\(text.shortened)'",
            "give a number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// Text without quotes that YAML reads as a number or boolean.
    private func quotingFault(in text: String, key: Key) -> ScalarFault? {
        switch self {
        case .literal: return nil
        case .instance where PlainText.integer(text) != nil: return nil
        default: break
        }
        if case .choice = self { return nil }
        let type = PlainText.coreType(text)
        guard type != .text else { return nil }
        if self == .duration || self == .durationOrOff { return formFault(in: text, isPlain: true, key: key) }
        return ScalarFault(
            "profile.wrong-type",
            "'\(key.shownPath)' must be text, and '\(text.shortened)' is a \(type == .number ? "number" : "boolean")",
            self == .portMapping ? "write \"local:remote\"" : "put it in quotes: \"\(text.shortened)\"")
    }
}

extension String {
    /// The text, or its beginning where it is too long for a message.
    var shortened: String { count <= 60 ? self : prefix(57) + "…" }
}
