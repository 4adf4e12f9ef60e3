// swift-tools-version: 6.2
import PackageDescription

/// The layers, top to bottom: each target and all that it may import. `scripts/check-layers` holds
/// the sources to this table. Every target also imports `Diagnostics`, all but the pure ones `Posix`.
let layers: [(target: String, imports: [String])] = [
    (
        "Commands",
        [
            "SessionRuntime", "Planning", "Drafts", "Profiles", "ProfileStore", "Azure", "Keyring", "SSHKeys",
            "Terminal",
        ]
    ),
    ("BastionEmulator", ["Transport", "Cryptography", "YAML"]),
    ("Benchmarks", ["Cryptography", "COpenSSL"]),
    (
        "SessionRuntime",
        ["Tunnels", "Planning", "Profiles", "ProfileStore", "Azure", "Keyring", "SSHKeys", "Transport"]
    ),
    ("Tunnels", ["Azure", "Transport"]),
    ("Azure", ["Keyring", "Transport", "Cryptography"]),
    ("ProfileStore", ["Profiles", "Cryptography"]),
    ("SSHKeys", ["Cryptography"]),
    ("Planning", ["Profiles"]),
    ("Drafts", ["Profiles"]),
    ("Profiles", ["YAML"]),
    ("Transport", ["Cryptography", "COpenSSL"]),
    ("Keyring", ["CLibSecret"]),
    ("Terminal", []),
    ("YAML", ["CLibYAML"]),
    ("Cryptography", ["COpenSSL"]),
    ("Posix", ["CPosix"]),
    ("Diagnostics", []),
]

/// Targets without I/O, clock, environment or global state: no Glibc, Foundation or Dispatch either.
let pure: Set = ["Planning", "Drafts", "Profiles", "YAML", "Diagnostics"]

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func ground(of target: String) -> [String] {
    switch target {
    case "Diagnostics": []
    case "Posix": ["Diagnostics"]
    default: pure.contains(target) ? ["Diagnostics"] : ["Diagnostics", "Posix"]
    }
}

func dependencies(_ names: [String]) -> [Target.Dependency] {
    names.map { .target(name: $0) }
}

func tests(of target: String, and others: [String] = []) -> Target {
    .testTarget(
        name: "\(target)Tests",
        dependencies: dependencies([target] + ground(of: target) + others), swiftSettings: settings)
}

var targets: [Target] = layers.map { layer in
    .target(
        name: layer.target, dependencies: dependencies(layer.imports + ground(of: layer.target)),
        swiftSettings: settings)
}
targets += [
    .executableTarget(name: "bastion-up", dependencies: ["Commands", "Posix"], swiftSettings: settings),
    .executableTarget(
        name: "bastion-emulator", dependencies: ["BastionEmulator", "Posix"], swiftSettings: settings),
    .executableTarget(name: "bastion-bench", dependencies: ["Benchmarks", "Posix"], swiftSettings: settings),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLibSecret", providers: [.apt(["libsecret-1-dev"])]),
    .target(name: "CPosix"),
]
targets += [
    tests(of: "Diagnostics"), tests(of: "YAML"), tests(of: "Posix", and: ["TestSupport"]),
    tests(of: "Cryptography"),
    tests(of: "Transport", and: ["Cryptography", "TestSupport"]), tests(of: "Keyring", and: ["TestSupport"]),
    tests(of: "Profiles", and: ["YAML"]), tests(of: "ProfileStore", and: ["Profiles", "TestSupport"]),
    tests(of: "Planning", and: ["Profiles"]), tests(of: "SSHKeys", and: ["Cryptography", "TestSupport"]),
    tests(of: "Drafts", and: ["Profiles"]),
    tests(of: "Azure", and: ["Keyring", "Transport", "Cryptography", "TestSupport"]),
    tests(of: "Tunnels", and: ["Azure", "Keyring", "Transport", "Cryptography", "TestSupport"]),
    tests(
        of: "SessionRuntime",
        and: ["Tunnels", "Planning", "Profiles", "Azure", "Keyring", "SSHKeys", "Transport", "TestSupport"]),
    tests(of: "BastionEmulator", and: ["Transport", "Cryptography", "TestSupport"]),
    tests(
        of: "Commands",
        and: [
            "SessionRuntime", "Planning", "Drafts", "Profiles", "ProfileStore", "Azure", "Keyring",
            "SSHKeys", "Transport", "Terminal", "TestSupport",
        ]),
    tests(of: "Terminal", and: ["TestSupport"]), tests(of: "Benchmarks"),
    .target(
        name: "TestSupport", dependencies: ["Keyring", "Posix", "CPosix"], path: "Tests/TestSupport",
        swiftSettings: settings),
    .testTarget(name: "EndToEndTests", dependencies: ["TestSupport", "Posix"], swiftSettings: settings),
]

/// What reads foreign bytes, as functions over any bytes. The tests replay their corpora; with BASTION_UP_FUZZING in
/// the environment they are a libFuzzer program instead (`scripts/fuzz`), which no other build makes.
let fuzzed = dependencies([
    "Transport", "YAML", "Profiles", "Drafts", "Azure", "SSHKeys", "SessionRuntime", "Terminal", "Posix",
    "Diagnostics",
])
if Context.environment["BASTION_UP_FUZZING"] == nil {
    targets.append(
        .testTarget(
            name: "FuzzTests", dependencies: fuzzed, exclude: ["Corpus", "Fuzzer"], swiftSettings: settings))
} else {
    targets.append(
        .executableTarget(
            name: "bastion-fuzz", dependencies: fuzzed, path: "Tests/FuzzTests",
            exclude: ["Corpus", "Replay"], swiftSettings: settings))
}

let package = Package(
    name: "bastion-up",
    products: [
        .executable(name: "bastion-up", targets: ["bastion-up"]),
        .executable(name: "bastion-emulator", targets: ["bastion-emulator"]),
    ],
    targets: targets)
