/// Turns the bytes of a terminal in raw mode into keys: UTF-8, control characters, the escape sequences of xterm and
/// its kin (ECMA-48, 5.4), bracketed paste. Pure.
///
/// Escape alone is the first byte of every sequence: only time tells. While `isWaiting`, the caller calls
/// `timePassed` when nothing has come for a moment. What means nothing here is swallowed whole.
package struct KeyDecoder: Hashable, Sendable {
    private enum State: Hashable {
        case ground
        /// Further bytes of a character in UTF-8, and its value so far.
        case character(missing: Int, value: UInt32, least: UInt32)
        case escape
        /// Behind `ESC [`; the parameters so far.
        case sequence([UInt8])
        /// Behind `ESC O`.
        case single
        /// Behind `ESC [ [`: a function key of the Linux console.
        case console
        /// A string for the terminal's own use (OSC, DCS and such), up to BEL or ST.
        case string(isEnding: Bool)
    }

    private var state = State.ground
    /// Between the marks of a paste, where line ends are no Enter.
    private var isPasting = false
    /// Longer parameters are nothing that we know.
    private static let parameterLimit = 32

    package init() {}

    /// Whether a sequence has begun that may yet turn out to be the Escape key.
    package var isWaiting: Bool {
        switch state {
        case .ground, .character: false
        case .escape, .sequence, .single, .console, .string: true
        }
    }

    /// Nothing came for a moment: Escape was the key, or the sequence was cut off.
    package mutating func timePassed() -> Key? {
        guard isWaiting else { return nil }
        let wasEscape = state == .escape
        state = .ground
        guard wasEscape else { return nil }
        isPasting = false
        return .escape
    }

    /// Takes the next byte.
    /// - Returns: the key that it completes, if it does.
    package mutating func feed(_ byte: UInt8) -> Key? {
        switch state {
        case .ground: return start(byte)
        case .character(let missing, let value, let least): return goOn(byte, missing, value, least)
        case .escape: return afterEscape(byte)
        case .sequence(let parameters): return inSequence(byte, parameters)
        case .single:
            state = .ground
            if byte == 0x1B { return start(byte) }
            return byte == 0x4D ? .enter : Self.cursor(byte)
        case .console:
            state = .ground
            return byte == 0x1B ? start(byte) : nil
        case .string(let isEnding):
            // ESC \ is the tidy end.
            if byte == 0x07 || (isEnding && byte == 0x5C) {
                state = .ground
            } else {
                state = .string(isEnding: byte == 0x1B)
            }
            return nil
        }
    }
}

// MARK: - Characters

extension KeyDecoder {
    private mutating func start(_ byte: UInt8) -> Key? {
        state = .ground
        switch byte {
        case 0x1B:
            state = .escape
            return nil
        case 0x09 where isPasting, 0x0A where isPasting, 0x0D where isPasting: return .character(" ")
        case 0..<0x20, 0x7F: return isPasting ? nil : Self.control(byte)
        case 0x20..<0x7F: return .character(Unicode.Scalar(byte))
        case 0xC2...0xDF: state = .character(missing: 1, value: UInt32(byte & 0x1F), least: 0x80)
        case 0xE0...0xEF: state = .character(missing: 2, value: UInt32(byte & 0x0F), least: 0x800)
        case 0xF0...0xF4: state = .character(missing: 3, value: UInt32(byte & 0x07), least: 0x10000)
        default: break
        }
        return nil
    }

    /// A byte that does not belong here ends the character, which is lost, and counts for itself.
    private mutating func goOn(_ byte: UInt8, _ missing: Int, _ value: UInt32, _ least: UInt32) -> Key? {
        guard byte & 0xC0 == 0x80 else { return start(byte) }
        let value = value << 6 | UInt32(byte & 0x3F)
        guard missing == 1 else {
            state = .character(missing: missing - 1, value: value, least: least)
            return nil
        }
        state = .ground
        guard value >= least, let scalar = Unicode.Scalar(value), !(0x80...0x9F).contains(value) else {
            return nil
        }
        return .character(scalar)
    }

    private static func control(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x08, 0x7F: .backspace
        case 0x09: .tab
        case 0x0D: .enter
        case 0x01...0x1A: .control(Unicode.Scalar(byte + 0x60))
        default: nil
        }
    }
}

// MARK: - Escape sequences

extension KeyDecoder {
    private mutating func afterEscape(_ byte: UInt8) -> Key? {
        state = .ground
        switch byte {
        case 0x1B:
            state = .escape
            return .escape
        case 0x5B: state = .sequence([])
        case 0x4F: state = .single
        case 0x50, 0x58, 0x5D, 0x5E, 0x5F: state = .string(isEnding: false)
        case 0x08, 0x7F: return .deleteWord
        default: break
        }
        return nil
    }

    private mutating func inSequence(_ byte: UInt8, _ parameters: [UInt8]) -> Key? {
        switch byte {
        case 0x1B: return start(byte)
        case 0x20...0x3F:
            if parameters.count < Self.parameterLimit { state = .sequence(parameters + [byte]) }
            return nil
        case 0x5B where parameters.isEmpty:
            state = .console
            return nil
        case 0x40...0x7E:
            state = .ground
            return finished(byte, parameters)
        // CAN and SUB give the sequence up; other control characters have no business in it.
        case 0x18, 0x1A: state = .ground
        default: break
        }
        return nil
    }

    private mutating func finished(_ final: UInt8, _ parameters: [UInt8]) -> Key? {
        // A mark before the numbers makes it something else: a mouse, an answer of the terminal.
        guard parameters.allSatisfy({ $0 < 0x3C }) else { return nil }
        // What follows the first number says which of Shift, Alt and Ctrl were held.
        guard final == 0x7E else { return Self.cursor(final) }
        switch String(decoding: parameters.prefix { $0 != 0x3B }, as: UTF8.self) {
        case "1", "7": return .home
        case "3": return .delete
        case "4", "8": return .end
        case "5": return .pageUp
        case "6": return .pageDown
        case "200": isPasting = true
        case "201": isPasting = false
        default: break
        }
        return nil
    }

    private static func cursor(_ final: UInt8) -> Key? {
        switch final {
        case 0x41: .up
        case 0x42: .down
        case 0x43: .right
        case 0x44: .left
        case 0x46: .end
        case 0x48: .home
        default: nil
        }
    }
}
