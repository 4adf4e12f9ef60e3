/// The status that the process ends with: the client's own, or one of the codes of sysexits(3).
package struct ExitStatus: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let success = ExitStatus(rawValue: 0)
    /// The command line is wrong.
    package static let usage = ExitStatus(rawValue: 64)
    /// A profile, or data that was given, is invalid.
    package static let invalidData = ExitStatus(rawValue: 65)
    /// No such profile.
    package static let noSuchProfile = ExitStatus(rawValue: 66)
    /// A service or a client program cannot be reached.
    package static let unavailable = ExitStatus(rawValue: 69)
    /// A bug in bastion-up.
    package static let bug = ExitStatus(rawValue: 70)
    /// The operating system refused: a port is taken, no memory.
    package static let systemError = ExitStatus(rawValue: 71)
    /// A file cannot be written.
    package static let cannotWrite = ExitStatus(rawValue: 73)
    /// Try again later.
    package static let tryLater = ExitStatus(rawValue: 75)
    /// The peer broke the protocol.
    package static let protocolViolation = ExitStatus(rawValue: 76)
    /// Not permitted: sign-in, role, keyring locked, not trusted.
    package static let notPermitted = ExitStatus(rawValue: 77)
    /// Configuration: SKU, a feature switched off, not supported yet.
    package static let configuration = ExitStatus(rawValue: 78)

    /// What a shell shows for a process that a signal ended: 128 and the signal's number.
    package static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }
}
