import Diagnostics
import Glibc
import Posix
import Profiles
import TestSupport
import Testing

@testable import ProfileStore

@Suite struct CertificatePinsTests {
    private let home: TemporaryHome
    private let pins: CertificatePins

    init() throws {
        home = try TemporaryHome()
        pins = CertificatePins(home.directories)
    }

    private static func fingerprint(_ byte: UInt8) throws -> CertificateFingerprint {
        try #require(CertificateFingerprint(digest: Array(repeating: byte, count: 32)))
    }

    private func text() throws -> String {
        String(decoding: try FileReader.read(pins.path, limit: 65_536).bytes, as: UTF8.self)
    }

    private func write(_ text: String) throws {
        try home.write(text, to: "state/bastion-up/rdp-certificates")
    }

    @Test func `has nothing where there is no file`() throws {
        #expect(try pins.pin(of: "/vm:3389") == nil)
    }

    @Test func `keeps a certificate in a file that only the user can read`() async throws {
        let (store, first) = (pins, try Self.fingerprint(1))
        #expect(try await onLoop { try await store.keep(first, for: "/vm:3389") } == first)
        #expect(try pins.pin(of: "/vm:3389")?.fingerprint == first)
        #expect(try pins.pin(of: "/vm:3389")?.location.line == 1)
        #expect(try pins.pin(of: "/vm:338") == nil)
        #expect(try FileFacts(of: pins.path).permissions == 0o600)
    }

    @Test func `keeps the first of two`() async throws {
        let (store, first, second) = (pins, try Self.fingerprint(1), try Self.fingerprint(2))
        let kept = try await onLoop {
            [
                try await store.keep(first, for: "/vm:3389"), try await store.keep(second, for: "/vm:3389"),
                try await store.keep(second, for: "/other:3389"),
            ]
        }
        #expect(kept == [first, first, second])
        #expect(try text().split(separator: "\n").count == 2)
    }

    @Test func `forgets one name and leaves the others`() async throws {
        let digits = String(repeating: "0a", count: 32)
        try write("# kept\n/vm:3389 sha256:\(digits)\n/vm:33 sha256:\(digits)\n")
        let pins = pins
        try await onLoop { try await pins.forget("/vm:3389") }
        #expect(try text() == "# kept\n/vm:33 sha256:\(digits)\n")
    }

    @Test(arguments: [
        "/vm:3389", "/vm:3389 sha256:00", "/vm:3389 sha1:0a0b extra", "/a:1 x\r\n/vm:3389 sha256:00\r",
    ])
    func `takes a damaged line for no certificate at all, not for a first connection`(_ line: String)
        async throws
    {
        try write("\n\(line)\n")
        let error = #expect(throws: Diagnostic.self) { try pins.pin(of: "/vm:3389") }
        #expect(error?.code == "known-hosts.unreadable" && error?.exit == .cannotWrite)
        let (store, first) = (pins, try Self.fingerprint(1))
        await #expect(throws: Diagnostic.self) {
            try await onLoop { try await store.keep(first, for: "/vm:3389") }
        }
    }

    @Test func `two that keep at the same time both keep theirs`() async throws {
        let (store, first) = (pins, try Self.fingerprint(1))
        try await onLoop {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { _ = try? await store.keep(first, for: "/vm\(number):3389") }
                }
            }
        }
        #expect(try text().split(separator: "\n").count == 20)
    }

    @Test func `follows no symbolic link`() throws {
        try home.makeFolder("state/bastion-up")
        let target = try home.write("", to: "elsewhere")
        try #require(symlink(target, pins.path) == 0)
        let error = #expect(throws: Diagnostic.self) { try pins.pin(of: "/vm:3389") }
        #expect(error?.code == "known-hosts.unreadable")
    }
}
