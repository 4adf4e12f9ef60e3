import TestSupport
import Glibc
import Posix
import Testing

@testable import Keyring

/// Against a real gnome-keyring; each test in a process of its own.
@Suite struct SecretServiceTests {
    static let attributes = SecretAttributes(.password, ["target": "/subscriptions/1", "username": "dev"])

    static func soon(_ seconds: Int = 10) -> KeyringDeadlines {
        KeyringDeadlines(answer: .now.advanced(by: .seconds(seconds)))
    }

    static func secret(_ text: String) -> SecretBytes {
        var bytes = Array(text.utf8)
        return SecretBytes(moving: &bytes)
    }

    static func text(_ secret: SecretBytes?) -> String? {
        secret?.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `keeps, replaces, lists and deletes in an open keyring`() async {
        await #expect(processExitsWith: .success) {
            let session = try KeyringSession("unlocked")
            defer { session.stop() }
            let service = SecretService(environment: session.environment)
            try await onLoop {
                let mine = Self.attributes
                #expect(try await service.lookup(mine, by: Self.soon()) == nil)
                try await service.store(Self.secret("one"), label: "VM", mine, by: Self.soon())
                try await service.store(Self.secret("zwei ☂"), label: "VM", mine, by: Self.soon())
                #expect(Self.text(try await service.lookup(mine, by: Self.soon())) == "zwei ☂")
                let other = SecretAttributes(.password, ["target": "/subscriptions/1", "username": "else"])
                #expect(try await service.lookup(other, by: Self.soon()) == nil)
                let listed = try await service.search(SecretAttributes(nil), by: Self.soon())
                #expect(listed == [StoredItem(label: "VM", attributes: mine, isLocked: false)])
                #expect(try await service.delete(mine, by: Self.soon()))
                #expect(try await !service.delete(mine, by: Self.soon()))
            }
        }
    }

    @Test func `keeps large secrets and refuses a zero byte`() async {
        await #expect(processExitsWith: .success) {
            let session = try KeyringSession("unlocked")
            defer { session.stop() }
            let service = SecretService(environment: session.environment)
            try await onLoop {
                let key = String(repeating: "0123456789", count: 6000)
                try await service.store(Self.secret(key), label: "key", Self.attributes, by: Self.soon())
                #expect(Self.text(try await service.lookup(Self.attributes, by: Self.soon())) == key)
                let failure = await #expect(throws: KeyringError.self) {
                    try await service.store(
                        Self.secret("a\0b"), label: "key", Self.attributes, by: Self.soon())
                }
                #expect(failure == .unstorable)
            }
        }
    }

    @Test func `tells a locked secret from one that is not there`() async {
        await #expect(processExitsWith: .success) {
            let first = try KeyringSession("unlocked", keepsFolder: true)
            let address = first.environment
            // Another process puts it there, so that this one connects to the second session only.
            let script =
                "printf sesame | secret-tool store --label=VM xdg:schema bastion-up.secret "
                + "application bastion-up kind password target /subscriptions/1 username dev"
            #expect(!address.isEmpty && system(script) == 0)
            first.stop()
            let session = try KeyringSession("locked", folder: first.folder)
            defer { session.stop() }
            let service = SecretService(environment: session.environment)
            let display = session.environment.merging(["DISPLAY": ":99"]) { $1 }
            let prompting = SecretService(environment: display)
            try await onLoop {
                let locked = await #expect(throws: KeyringError.self) {
                    try await service.lookup(Self.attributes, by: Self.soon())
                }
                #expect(locked == .locked)
                let listed = try await service.search(Self.attributes, by: Self.soon())
                #expect(listed.map(\.isLocked) == [true])
                #expect(try await service.lookup(SecretAttributes(.passphrase), by: Self.soon()) == nil)
                let store = await #expect(throws: KeyringError.self) {
                    try await service.store(
                        Self.secret("x"), label: "x", SecretAttributes(.passphrase), by: Self.soon())
                }
                #expect(store == .locked)
                let delete = await #expect(throws: KeyringError.self) {
                    try await service.delete(Self.attributes, by: Self.soon())
                }
                #expect(delete == .locked)

                // A display is promised, but the session has nothing that could show a prompt on it.
                let prompted = await #expect(throws: KeyringError.self) {
                    try await prompting.lookup(
                        Self.attributes,
                        by: KeyringDeadlines(
                            answer: .now.advanced(by: .seconds(10)), prompt: .now.advanced(by: .seconds(10))))
                }
                #expect(prompted == .promptDismissed)
            }
        }
    }

    @Test func `says that the bus has no secret service`() async {
        await #expect(processExitsWith: .success) {
            let session = try KeyringSession("none")
            defer { session.stop() }
            let service = SecretService(environment: session.environment)
            try await onLoop {
                let failure = await #expect(throws: KeyringError.self) {
                    try await service.lookup(Self.attributes, by: Self.soon())
                }
                #expect(failure == .noService(.provider))
            }
        }
    }

    @Test func `says that nobody answers at the bus's address`() async {
        await #expect(processExitsWith: .success) {
            setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1)
            let service = SecretService(environment: [
                "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"
            ])
            try await onLoop {
                let failure = await #expect(throws: KeyringError.self) {
                    try await service.lookup(Self.attributes, by: Self.soon())
                }
                #expect(failure == .noService(.busUnreachable))
            }
        }
    }

    @Test func `says that there is nowhere to store`() async {
        await #expect(processExitsWith: .success) {
            let session = try KeyringSession("empty")
            defer { session.stop() }
            let service = SecretService(environment: session.environment)
            try await onLoop {
                let failure = await #expect(throws: KeyringError.self) {
                    try await service.store(Self.secret("x"), label: "x", Self.attributes, by: Self.soon())
                }
                #expect(failure == .noDefaultCollection)
            }
        }
    }

    @Test func `gives a hung service up at the deadline`() async {
        await #expect(processExitsWith: .success) {
            let session = try KeyringSession("unlocked")
            defer { session.stop() }
            kill(session.keyring, SIGSTOP)
            let service = SecretService(environment: session.environment)
            try await onLoop {
                let start = Instant.now
                let failure = await #expect(throws: KeyringError.self) {
                    try await service.lookup(
                        Self.attributes, by: KeyringDeadlines(answer: start.advanced(by: .milliseconds(300))))
                }
                #expect(failure == .timedOut)
                #expect(start.duration(to: .now) < .seconds(5))
            }
        }
    }

    @Test(arguments: [[:], ["XDG_RUNTIME_DIR": "/nonexistent"], ["DBUS_SESSION_BUS_ADDRESS": "autolaunch:"]])
    func `never lets a bus be started`(_ environment: [String: String]) async throws {
        try await onLoop {
            let failure = await #expect(throws: KeyringError.self) {
                try await SecretService(environment: environment).lookup(Self.attributes, by: Self.soon())
            }
            #expect(failure == .noService(.bus))
        }
    }
}
