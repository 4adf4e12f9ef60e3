/// A key of the terminal, as far as anything here has a use for it.
package enum Key: Hashable, Sendable {
    /// Text that was typed or pasted; never a control character.
    case character(Unicode.Scalar)
    /// Ctrl and a lower-case letter that has no key of its own: `control("u")`.
    case control(Unicode.Scalar)
    case enter, escape, tab, backspace
    /// Alt-Backspace, in most programs as Ctrl-W.
    case deleteWord
    case up, down, left, right
    case pageUp, pageDown, home, end
    case delete
}
