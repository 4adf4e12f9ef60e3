internal import Diagnostics

/// The emulator's command line.
package struct EmulatorOptions: Hashable, Sendable {
    package var configFile: String?
    package var stateFolder: String?
    package var listen: LocalAddress?
    package var logFile: String?
    package var readyFile: String?
    package var showsHelp = false
    package var showsVersion = false

    package static let usage = """
        usage: bastion-emulator [--config FILE] [--state FOLDER] [--listen ADDRESS:PORT] [--log FILE]
                                [--ready-file FILE]

        A local Azure Bastion over TLS: sign-in service, resource manager and data plane.

          --config FILE          tenants, bastion hosts, targets, rights, limits and faults (YAML)
          --state FOLDER         keeps the certificate authority; default: bastion-emulator in the user's state folder
          --listen ADDRESS:PORT  in place of the configuration's address; port 0 takes a free one
          --log FILE             the request log, JSON lines; default: requests.jsonl in the state folder
          --ready-file FILE      is written, with the lines of standard output, when the emulator can be connected to
          --help, --version

        """

    package enum Failure: Error, Hashable, Sendable {
        case unknown(String, suggestion: String?)
        case missingValue(String)
        case twice(String)
        case notAnAddress(String)
    }

    private static let names = ["--config", "--state", "--listen", "--log", "--ready-file"]

    /// - Parameter arguments: without the program's name. `--name value` and `--name=value` mean the same.
    package init(_ arguments: [String]) throws(Failure) {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": showsHelp = true
            case "--version": showsVersion = true
            default:
                let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = parts.first.map(String.init) ?? ""
                guard Self.names.contains(name) else {
                    let known = Self.names + ["--help", "--version"]
                    throw .unknown(argument, suggestion: Suggestion.nearest(to: name, among: known))
                }
                let value = parts.count == 2 ? String(parts[1]) : rest.popFirst()
                guard let value, !value.isEmpty else { throw .missingValue(name) }
                guard values.updateValue(value, forKey: name) == nil else { throw .twice(name) }
            }
        }
        configFile = values["--config"]
        stateFolder = values["--state"]
        logFile = values["--log"]
        readyFile = values["--ready-file"]
        if let text = values["--listen"] {
            guard let address = LocalAddress(text) else { throw .notAnAddress(text) }
            listen = address
        }
    }
}

extension EmulatorOptions.Failure {
    var text: String {
        switch self {
        case .unknown(let argument, let suggestion):
            "unknown argument '\(argument.printable)'" + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
        case .missingValue(let name): "\(name) needs a value"
        case .twice(let name): "\(name) is given twice"
        case .notAnAddress(let text): "'\(text.printable)' is no address with a port, such as 127.0.0.1:8443"
        }
    }
}
