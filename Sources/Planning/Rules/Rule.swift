import Diagnostics

/// Something that a profile and a machine must satisfy before anything is tried.
struct Rule: Sendable {
    let check: @Sendable (Question, inout Problems) -> Void

    static let all: [Rule] = [
        .cloudShell, .bastionHostType, .targetType, .addressTarget, .clientProgram, .rdpClient, .rdpSignIn,
        .rdpSettings, .rdpArguments, .secretUsername, .runtimeFolder, .jumpChain, .jumpPorts, .windowsSignIn,
        .localPorts, .portsThroughSSH, .openListener, .webPort, .credential, .fileTransfer,
        .clientArguments, .commandWords, .puttySignIn, .keyFormat, .puttySettings,
    ]
}

/// Something that a bastion host must satisfy; asked of the cache first, and again when the host was read.
struct HostRule: Sendable {
    let check: @Sendable (Plan, HostFacts, inout Problems) -> Void

    static let all: [HostRule] = [.sku, .nativeClient, .ipConnect, .endpoint, .provisioning]
}
