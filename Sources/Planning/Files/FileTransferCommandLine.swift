import Profiles

/// The command lines of scp, sftp and rsync: the one place that knows their arguments. What ssh is told comes from
/// `SSHWay`, so that all of them connect alike.
struct FileTransferCommandLine {
    let way: SSHWay
    /// The path of scp, sftp or rsync.
    let program: String
    /// Whether nothing but failures is said.
    let isQuiet: Bool
    /// Whether there is a terminal to show progress on.
    let showsProgress: Bool

    private var name: String { way.profile.name }
    private var hasAnswers: Bool {
        way.machines.contains { !SSHQuestions(profile: $0.profile, facts: $0.facts).answers.isEmpty }
    }

    /// Nil for a way to sign in that is not supported yet.
    func scp(_ copy: FileCopy) -> ClientCommand? {
        guard let options = way.connection else { return nil }
        // -s: the SFTP protocol, which leaves the names to no shell; releases before 9.0 must be told.
        var words: [Word] = ["-s", "-S", Word(way.program)] + sshWords(options)
        if copy.isRecursive { words.append("-r") }
        if copy.keepsTimes { words.append("-p") }
        if isQuiet { words.append("-q") }
        words += ["--"] + operands(of: copy, remote: RemotePath.forSFTP)
        return way.launching(program, words, reading: .own(failure: 255))
    }

    /// - Parameter arguments: sftp's own options, before the destination.
    func sftp(_ path: String?, arguments: [String]) -> ClientCommand? {
        guard let options = way.connection else { return nil }
        // -b asks ssh not to ask for anything; the helper that we answer by must be asked all the same.
        let batch = SSHOptions.options([("BatchMode", "no")])
        var words: [Word] = ["-S", Word(way.program)] + sshWords((hasAnswers ? batch : []) + options)
        if isQuiet { words.append("-q") }
        words += arguments.map { Word($0) }
        words += ["--", Word(path.map { "\(name):\(RemotePath.forSFTP($0))" } ?? name)]
        return way.launching(program, words, reading: .own(failure: 255))
    }

    /// Folders, links, times and permissions as they are, owners not; a file that was cut off is gone on with.
    func rsync(_ copy: FileCopy) -> ClientCommand? {
        guard let options = way.connection else { return nil }
        let user: [Word] = way.profile.authentication.username.map { ["-l", Word($0)] } ?? []
        let shell = [Word(way.program)] + (Self.plainCommand + options).flatMap(\.words) + user
        var words: [Word] = ["-e", Self.remoteShell(shell)]
        words += ["--recursive", "--links", "--perms", "--times", "--partial", "-s"]
        if showsProgress, !isQuiet { words.append("--progress") }
        words += ["--"] + operands(of: copy, remote: RemotePath.forRsync)
        // ssh failed, and what rsync makes of a connection that is gone.
        return way.launching(program, words, reading: .anyOf([255, 10, 12, 30, 35]))
    }

    private func operands(of copy: FileCopy, remote: (String) -> String) -> [Word] {
        let (sources, destination) = (copy.sources, copy.destination)
        let texts =
            switch copy.direction {
            case .toTarget: sources.map(LocalPath.operand) + ["\(name):\(remote(destination))"]
            case .fromTarget: sources.map { "\(name):\(remote($0))" } + [LocalPath.operand(destination)]
            }
        return texts.map { Word($0) }
    }

    /// scp and sftp hand on options and nothing else, so the user is one as well.
    private func sshWords(_ options: [SSHOption]) -> [Word] {
        let user = way.profile.authentication.username.map {
            SSHOption("User", Word(Quoting.sshName.quoted($0)))
        }
        return (options + [user].compactMap(\.self)).flatMap(\.words)
            + ["-P", Word(String(way.profile.targetPort))]
    }

    /// What scp and sftp tell ssh by themselves: whatever the user's own file says, this is no session.
    private static let plainCommand = SSHOptions.options([
        ("ClearAllForwardings", "yes"), ("ForwardX11", "no"), ("PermitLocalCommand", "no"),
        ("RemoteCommand", "none"), ("RequestTTY", "no"),
    ])

    /// The words as one, which rsync splits at spaces outside of quotation marks.
    private static func remoteShell(_ words: [Word]) -> Word {
        var pieces: [Word.Piece] = []
        for word in words {
            if !pieces.isEmpty { pieces.append(.text(" ")) }
            pieces +=
                isPlain(word) ? word.pieces : [.text("'")] + word.pieces.map(insideQuotes) + [.text("'")]
        }
        return Word(pieces)
    }

    private static func isPlain(_ word: Word) -> Bool {
        guard !word.hasHoles, !word.shown.isEmpty else { return false }
        return word.shown.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "'" }
    }

    private static func insideQuotes(_ piece: Word.Piece) -> Word.Piece {
        switch piece {
        case .text(let text): .text(Quoting.insideRemoteShell(.none).quoted(text))
        case .path(let file, let quoting): .path(file, .insideRemoteShell(quoting))
        case .port, .principal, .certificate, .username, .hostKey: piece
        }
    }
}
