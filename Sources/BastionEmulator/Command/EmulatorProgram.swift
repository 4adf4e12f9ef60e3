internal import Diagnostics
internal import Glibc
internal import Posix

/// The program `bastion-emulator`: command line in, exit status out.
package enum EmulatorProgram {
    private static let version = "0.1.0"

    /// Runs until SIGINT or SIGTERM, which end it with 0. To be called once, on the main thread.
    package static func run(_ arguments: [String]) -> Int32 {
        let options: EmulatorOptions
        do { options = try EmulatorOptions(arguments) } catch {
            say("bastion-emulator: \(error.text)\n" + EmulatorOptions.usage)
            return ExitStatus.usage.rawValue
        }
        if options.showsHelp { return show(EmulatorOptions.usage) }
        if options.showsVersion { return show("bastion-emulator \(version)\n") }
        do {
            let signals = try SignalRouter.prepareProcess()
            return try EventLoop.run { await serve(options, SignalRouter(signals)) }
        } catch {
            say("bastion-emulator: \(error)\n")
            return ExitStatus.systemError.rawValue
        }
    }

    private static func serve(_ options: EmulatorOptions, _ signals: SignalRouter) async -> Int32 {
        do throws(Stop) {
            let configuration = try configuration(options)
            let folder = if let given = options.stateFolder { absolute(given) } else { try standardFolder() }
            let state: EmulatorState
            do { state = try EmulatorState(folder: folder) } catch { throw Stop(error) }
            let logFile = options.logFile.map(absolute) ?? folder + "/requests.jsonl"
            let log: RequestLog
            do { log = try RequestLog(appendingTo: logFile) } catch {
                throw Stop("cannot write the log \(logFile): \(error.reason)", .cannotWrite)
            }
            return try await serve(configuration, state, log, logFile, options.readyFile, signals)
        } catch {
            say(error.text)
            return error.status.rawValue
        }
    }

    private static func serve(
        _ configuration: EmulatorConfiguration, _ state: EmulatorState, _ log: RequestLog, _ logFile: String,
        _ readyFile: String?, _ signals: SignalRouter
    ) async throws(Stop) -> Int32 {
        let emulator = Emulator(configuration, state: state, log: log)
        do throws(Emulator.Failure) {
            return try await emulator.run { endpoints in
                let lines = readyLines(endpoints, caFile: state.caFile, logFile: logFile)
                if let readyFile {
                    do throws(EmulatorState.Failure) {
                        try EmulatorState.write(Array(lines.utf8), to: readyFile, mode: 0o600)
                    } catch {
                        say(Stop(error).text)
                        return ExitStatus.cannotWrite.rawValue
                    }
                }
                _ = show(lines)
                await waitForEnd(signals)
                if let readyFile { unlink(readyFile) }
                return ExitStatus.success.rawValue
            }
        } catch { throw Stop(error) }
    }

    private static func waitForEnd(_ signals: SignalRouter) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await signals.run() }
            group.addTask { _ = await signals.waitForInterruption() }
            await group.next()
            group.cancelAll()
        }
    }

    /// What a script reads to find the emulator: `key=value`, one a line.
    static func readyLines(_ endpoints: Endpoints, caFile: String, logFile: String) -> String {
        let lines =
            [
                "authority=\(endpoints.authority)", "resourceManager=\(endpoints.resourceManager)",
                "bastionSuffix=\(endpoints.bastionSuffix)", "caFile=\(caFile)", "log=\(logFile)",
            ] + endpoints.dnsNames.map { "dnsName=\($0)" }
        return lines.map { $0 + "\n" }.joined()
    }
}

// MARK: - What it starts from

extension EmulatorProgram {
    private static func configuration(_ options: EmulatorOptions) throws(Stop) -> EmulatorConfiguration {
        var configuration = EmulatorConfiguration.standard
        if let file = options.configFile {
            let bytes: [UInt8]?
            do { bytes = try EmulatorState.read(file) } catch { throw Stop(error) }
            guard let bytes else { throw Stop("there is no file \(file)", .noSuchProfile) }
            do { configuration = try ConfigurationDecoder.decode(bytes, file: file) } catch {
                throw Stop(lines: error.all.map(\.text), .invalidData)
            }
        }
        if let listen = options.listen { configuration.listen = .init(all: listen) }
        return configuration
    }

    private static func standardFolder() throws(Stop) -> String {
        if let base = environment("XDG_STATE_HOME"), base.hasPrefix("/") { return base + "/bastion-emulator" }
        if let home = environment("HOME") { return home + "/.local/state/bastion-emulator" }
        throw Stop("neither XDG_STATE_HOME nor HOME is set; give --state", .usage)
    }

    /// What is printed must be found from everywhere.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func show(_ text: String) -> Int32 {
        print(text, terminator: "")
        fflush(nil)
        return ExitStatus.success.rawValue
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}

/// Why the program cannot go on: the lines for standard error, and the status.
struct Stop: Error {
    let text: String
    let status: ExitStatus

    init(_ message: String, _ status: ExitStatus) {
        text = "bastion-emulator: \(message.printable)\n"
        self.status = status
    }

    init(lines: [String], _ status: ExitStatus) {
        text = lines.map { $0 + "\n" }.joined()
        self.status = status
    }

    init(_ failure: EmulatorState.Failure) {
        switch failure {
        case .file(let error):
            switch error.reason {
            case .system, .pathTooLong, .tooLarge, .notRegularFile: self.init("\(error)", .systemError)
            case .notFolder, .symbolicLink, .foreignOwner, .openToOthers:
                self.init(
                    "\(error); it must be a folder of yours that nobody else may enter (mode 0700)",
                    .notPermitted)
            }
        case .certificate(let error): self.init("cannot make a certificate: \(error)", .systemError)
        }
    }

    init(_ failure: Emulator.Failure) {
        switch failure {
        case .system(let address, let error):
            self.init("cannot listen on \(address.host) port \(address.port): \(error.reason)", .systemError)
        case .notResolved(let address): self.init("\(address.host) has no address", .systemError)
        case .certificate(let error): self.init("cannot make a certificate: \(error)", .systemError)
        case .tls(let error): self.init("cannot set TLS up: \(error)", .systemError)
        }
    }
}
