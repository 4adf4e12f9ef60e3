/// What the text of one value must be.
package enum ScalarKind: Hashable, Sendable {
    /// One line that is not empty.
    case text
    /// One line without spaces that does not begin with a hyphen: it becomes an argument of a program.
    case word
    /// Text of any number of lines.
    case prose
    /// A command line for the target's shell; what is no placeholder of ours stays as it is.
    case remoteCommand
    /// The name of something else in the files.
    case reference(Section)
    case tag
    /// The name of an Azure resource or resource group.
    case resourceName
    case resourceID
    case bastionHostID
    /// Text, or a number that is taken as text.
    case instance
    case guid
    case boolean
    /// A boolean that is only ever `true`.
    case onlyTrue
    case integer(ClosedRange<Int>)
    case duration
    case durationOrOff
    case path
    /// A program's path, or its name to be looked up.
    case program
    case url
    case domain
    /// An IPv4 or IPv6 address.
    case address
    /// An address to listen on: an IP address or `localhost`.
    case bindAddress
    case choice([String])
    /// `[address:]local:remote`
    case portMapping
    /// `[address:]port:host:port`; only the server's side can choose a free port (0) to listen on.
    case forward(leastPort: UInt16)
    /// `[address:]port`
    case socks
    /// `TYPE BASE64`, as in a known-hosts file without the host.
    case hostKey
    /// Text that is passed on as it is; numbers and words like `yes` are text here.
    case literal
    /// `1920x1080`
    case size
    /// `sha256:` and 64 hexadecimal digits, with or without colons between the bytes.
    case fingerprint
    /// The version of the file format.
    case formatVersion
}

extension ScalarKind {
    /// How placeholders like `${user}` are treated.
    enum Interpolation { case none, strict, lenient }

    var interpolation: Interpolation {
        switch self {
        case .text, .word, .resourceName, .resourceID, .bastionHostID, .instance, .guid, .path, .program,
            .url,
            .domain, .address, .bindAddress, .portMapping, .forward, .socks, .fingerprint:
            .strict
        case .prose, .remoteCommand:
            .lenient
        case .reference, .tag, .boolean, .onlyTrue, .integer, .duration, .durationOrOff, .choice, .hostKey,
            .literal, .size, .formatVersion:
            .none
        }
    }

    /// Whether a value is a number or boolean, so that it must stand without quotes.
    var isTyped: Bool {
        switch self {
        case .boolean, .onlyTrue, .integer, .formatVersion: true
        default: false
        }
    }
}

/// The parts of a file whose entries have names and shadow each other across layers.
package enum Section: String, Hashable, Sendable, CaseIterable {
    case hosts, clouds, profiles, groups

    /// One entry, in words.
    var noun: String {
        switch self {
        case .hosts: "host"
        case .clouds: "cloud"
        case .profiles: "profile"
        case .groups: "group"
        }
    }
}
