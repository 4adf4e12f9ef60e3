package import Diagnostics
package import Profiles

/// What is to be imported, and what is known around it.
package struct ImportRequest: Sendable {
    /// The bastion host that the user named for drafts that do not say theirs.
    package enum Host: Hashable, Sendable {
        /// A short name of the user's files.
        case known(String)
        case resource(ResourceID)
    }

    /// How messages call the text.
    package var file: String
    /// Nil finds it out.
    package var format: ImportFormat?
    /// The name of the only draft.
    package var name: String?
    package var host: Host?
    /// The folder that relative paths are seen from; empty leaves them as they are.
    package var folder = ""
    package var knownHosts: [KnownHost] = []
    /// Names that a draft cannot have, because other profiles have them.
    package var takenNames: Set<String> = []

    package init(file: String) { self.file = file }
}

/// What came out of an import.
package struct ImportResult: Sendable {
    package var hosts: [HostDraft]
    package var profiles: [ProfileDraft]
    package var warnings: [Diagnostic]
    /// Whether a bastion host would have to be named to make a draft complete.
    package var needsHost: Bool
}

/// Makes drafts of profiles from foreign text. Pure; whatever the bytes are, it ends in bounded time.
package enum Importer {
    /// In bytes.
    package static let sizeLimit = 1 << 20
    /// The most drafts that one text may give.
    package static let draftLimit = 500

    /// - Throws: `import.too-large`, `import.not-text`, `import.unknown-format`, `import.nothing-found`,
    ///   `import.too-many`, `import.several`; all 65 but the last one (64).
    package static func read(_ bytes: [UInt8], _ request: ImportRequest) throws(Diagnostic) -> ImportResult {
        let text = try ForeignText(bytes, file: request.file)
        let name = request.file.split(separator: "/").last.map(String.init)
        guard let format = request.format ?? ImportFormat.detect(text, fileName: name) else {
            throw Diagnostic(
                "import.unknown-format", "\(request.file) is nothing that can be imported",
                remedy:
                    "give an 'az network bastion' command line, a .rdp or .remmina file or an ssh config; "
                    + "--format says which of them it is")
        }
        var run = ImportRun(request)
        switch format {
        case .az: AzureCommandReader.read(text, into: &run)
        case .rdp: RDPFileReader.read(text, into: &run)
        case .remmina: RemminaReader.read(text, into: &run)
        case .sshConfig: SSHConfigReader.read(text, into: &run)
        }
        try check(run, format)
        return ImportResult(
            hosts: run.hosts.drafts, profiles: run.drafts, warnings: run.notes.all, needsHost: run.needsHost)
    }

    private static func check(_ run: ImportRun, _ format: ImportFormat) throws(Diagnostic) {
        let file = run.request.file
        guard !run.drafts.isEmpty else {
            throw Diagnostic(
                "import.nothing-found", "\(file) describes no connection (read as \(format.rawValue))",
                remedy: "--format says what it is: "
                    + ImportFormat.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard run.drafts.count <= draftLimit else {
            throw Diagnostic(
                "import.too-many", "\(file) describes more than \(draftLimit) connections",
                remedy: "import it in parts")
        }
        guard run.request.name == nil || run.drafts.count == 1 else {
            throw Diagnostic(
                "import.several", "--name names one profile, and \(file) describes \(run.drafts.count)",
                remedy: "leave --name out; the names come from the file", exit: .usage)
        }
    }
}
