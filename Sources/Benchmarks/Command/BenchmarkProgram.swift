internal import Diagnostics
internal import Glibc
internal import Posix

/// The program `bastion-bench`: the server and the load of the benchmarks. `scripts/bench` drives it.
package enum BenchmarkProgram {
    private static let usage = """
        usage: bastion-bench serve --folder FOLDER [--message-size BYTES] [--writes packed|each]
                                   [--round-trip MS] [--fresh-time MS] [--used-time MS]
               bastion-bench throughput --port PORT --direction up|down [--connections N] [--bytes N]
                                        [--via plain|tls|websocket]
               bastion-bench echo --port PORT [--count N]
               bastion-bench peer --port PORT [--count N]

        `throughput` and `echo` take `--process NAME=PID`, as often as needed: whose processor time is read.
        `--via` is for the server's own ports, to measure it alone. `--round-trip` puts a network before the
        data plane, which closes connections that lie idle for the times given: fresh ones, and used ones.

        """

    /// To be called once, on the main thread.
    package static func run(_ arguments: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        do {
            let options = try BenchmarkOptions(arguments)
            switch options.subcommand {
            case "serve": try serve(options)
            case "throughput": try throughput(options)
            case "echo": try echo(options)
            case "peer": try peer(options)
            default: throw BenchmarkOptions.Failure.noSubcommand
            }
            return ExitStatus.success.rawValue
        } catch let failure as BenchmarkOptions.Failure {
            say("bastion-bench: \(failure)\n" + usage)
            return ExitStatus.usage.rawValue
        } catch {
            say("bastion-bench: \(error)\n")
            return ExitStatus.systemError.rawValue
        }
    }

    private static func serve(_ options: BenchmarkOptions) throws {
        let writes = options.all("writes").last ?? "packed"
        guard ["packed", "each"].contains(writes) else {
            throw BenchmarkOptions.Failure.unusable("--writes", value: writes)
        }
        let messages = MessageShape(
            size: try options.number("message-size", default: 16 * 1024), arePacked: writes == "packed")
        let network = ServedNetwork(
            roundTrip: try milliseconds("round-trip", options),
            freshTime: try milliseconds("fresh-time", options),
            usedTime: try milliseconds("used-time", options))
        let server = try BenchmarkServer(folder: options.text("folder"), messages: messages, network: network)
        show(server.readyLines)
        while true { pause() }
    }

    private static func milliseconds(_ name: String, _ options: BenchmarkOptions)
        throws(BenchmarkOptions.Failure) -> Duration?
    {
        options.all(name).isEmpty ? nil : .milliseconds(try options.number(name) as Int)
    }

    private static func throughput(_ options: BenchmarkOptions) throws {
        let text = try options.text("direction")
        guard let direction = Throughput.Direction(rawValue: text) else {
            throw BenchmarkOptions.Failure.unusable("--direction", value: text)
        }
        let via = options.all("via").last ?? LoadPlace.Via.plain.rawValue
        guard let via = LoadPlace.Via(rawValue: via) else {
            throw BenchmarkOptions.Failure.unusable("--via", value: via)
        }
        let throughput = Throughput(
            place: LoadPlace(port: try options.number("port"), via: via), direction: direction,
            connections: try options.number("connections", default: 1),
            bytes: try options.number("bytes", default: 1 << 30), processes: try processes(options))
        show(try throughput.run().line)
    }

    private static func echo(_ options: BenchmarkOptions) throws {
        let echo = EchoTime(
            port: try options.number("port"), count: try options.number("count", default: 20_000),
            processes: try processes(options))
        show(try echo.run().line)
    }

    private static func peer(_ options: BenchmarkOptions) throws {
        let question = PeerQuestion(
            port: try options.number("port"), count: try options.number("count", default: 20_000))
        show(try question.run().line)
    }

    private static func processes(_ options: BenchmarkOptions) throws(BenchmarkOptions.Failure)
        -> [(name: String, clock: ProcessClock)]
    {
        var processes: [(String, ProcessClock)] = []
        for text in options.all("process") {
            let parts = text.split(separator: "=")
            guard parts.count == 2, let number = Int32(parts[1]), let clock = ProcessClock(of: number) else {
                throw .unusable("--process", value: text)
            }
            processes.append((String(parts[0]), clock))
        }
        return processes
    }

    private static func show(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
