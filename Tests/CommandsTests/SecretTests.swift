import Diagnostics
import Keyring
import Planning
import Posix
import Profiles
import SessionRuntime
import Terminal
import TestSupport
import Testing

@testable import Commands

@Suite struct SecretTests {
    @Test(arguments: [
        ["secret", "show", "x"], ["secret", "set"], ["secret", "rm"], ["secret", "list", "x"], ["secret"],
        ["secret", "set", "x", "--password", "hunter2"],
    ])
    func `refuses what it does not do`(words: [String]) throws {
        let problem = try diagnostic {
            guard
                case .run(let found, let parsed) = try ArgumentParser(table: CommandTable.commands).parse(
                    words)
            else { return }
            _ = try found.make(parsed)
        }
        #expect(problem.exit == .usage)
        #expect(!problem.text.contains("hunter2"))
    }

    @Test(arguments: [
        (["set", "x", "--private-key", "--passphrase"], "usage.exclusive-flags"),
        (["rm", "x", "--private-key", "--passphrase"], "usage.exclusive-flags"),
        (["set", "x", "--file", "key"], "usage.missing-flag"),
        (["set", "x", "--passphrase", "--file", "key"], "usage.missing-flag"),
        (["rm", "x", "--private-key", "--file", "key"], "usage.secret"),
    ])
    func `refuses flags that do not belong together`(words: [String], code: String) throws {
        let problem = try diagnostic {
            guard
                case .run(let found, let parsed) = try ArgumentParser(table: CommandTable.commands).parse(
                    ["secret"] + words)
            else { return }
            _ = try found.make(parsed)
        }
        #expect(problem.code == code)
        #expect(problem.exit == .usage)
    }

    private static let machine =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/Vm"
    private static let host =
        "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/bastionHosts/bas"

    private func profile(_ method: Authentication.Method, _ username: String? = "me") throws -> Profile {
        let bastion = BastionHost(
            name: "hub", resourceID: try #require(ResourceID(Self.host)), tenant: nil,
            cloud: try #require(Cloud.builtIn.first))
        return Profile(
            name: "dev", host: bastion, target: .resource(try #require(ResourceID(Self.machine))),
            targetPort: 22, authentication: Authentication(method: method, username: username), client: .ssh)
    }

    @Test func `the label is the one that a plan looks up`() throws {
        let profile = try profile(.password)
        var facts = Facts(ownExecutable: "/bin/bastion-up", stateFolder: "/s", runtimeFolder: "/r")
        facts.executables["ssh"] = Facts.Executable(path: "/usr/bin/ssh")
        let plan = try Planner().plan(profile, for: .connect(arguments: [], tty: false), given: facts)
        #expect(try SecretChoice.password.label(profile, username: nil, login: "login") == plan.secrets.first)
    }

    @Test func `another user has another label`() throws {
        let label = try SecretChoice.password.label(try profile(.password), username: "you", login: "login")
        #expect(label.username == "you")
    }

    @Test(arguments: [
        (SecretChoice.password, Authentication.Method.password), (.privateKey, .sshKey(.keyring)),
        (.passphrase, .sshKey(.keyring)),
    ])
    func `without a user there is nothing to store for`(choice: SecretChoice, method: Authentication.Method)
        throws
    {
        let profile = try profile(method, nil)
        let problem = try diagnostic { _ = try choice.label(profile, username: nil, login: "login") }
        #expect(problem.code == "secret.no-username")
        #expect(try choice.label(profile, username: "you", login: "login").username == "you")
    }

    private static let file = Authentication.Method.sshKey(.file("/home/me/.ssh/id"))

    @Test func `the passphrase of a key file belongs to the file and its reader`() throws {
        let profile = try profile(Self.file, nil)
        let label = try SecretChoice.passphrase.label(profile, username: nil, login: "login")
        #expect(label == SecretLabel.passphrase(of: profile, login: "login"))
        #expect(label.username == "login")
        let problem = try diagnostic {
            _ = try SecretChoice.passphrase.label(profile, username: "you", login: "login")
        }
        #expect(problem.code == "usage.exclusive-flags")
    }

    @Test(arguments: [
        (SecretChoice.password, Authentication.Method.password), (.passphrase, file),
        (.passphrase, .sshKey(.keyring)), (.privateKey, .sshKey(.keyring)),
    ])
    func `takes what the profile reads`(choice: SecretChoice, method: Authentication.Method) throws {
        let profile = try profile(method)
        #expect(throws: Never.self) { try choice.requireUse(in: profile) }
    }

    @Test(arguments: [
        (SecretChoice.password, Authentication.Method.none, "auth.type: password"),
        (.password, .sshKey(.agent), "auth.type: password"), (.password, .entra, "auth.type: password"),
        (.password, .sshKey(.keyring), "--private-key"), (.password, file, "--passphrase"),
        (.passphrase, .password, "auth.key"), (.passphrase, .sshKey(.agent), "auth.key"),
        (.passphrase, .sshKey(.unspecified), "auth.key"), (.passphrase, .entra, "auth.key"),
        (.privateKey, .password, "key: keyring"), (.privateKey, file, "key: keyring"),
        (.privateKey, .none, "key: keyring"),
    ])
    func `a secret that nothing reads is not stored`(
        choice: SecretChoice, method: Authentication.Method, remedy: String
    ) throws {
        let profile = try profile(method)
        let problem = try diagnostic { try choice.requireUse(in: profile) }
        #expect(problem.code == "secret.not-used")
        #expect(problem.exit == .configuration)
        #expect(problem.remedy.contains(remedy))
    }

    @Test func `a passphrase that no key has cannot be removed either`() throws {
        let profile = try profile(.password)
        let problem = try diagnostic {
            _ = try SecretChoice.passphrase.label(profile, username: nil, login: "login")
        }
        #expect(problem.code == "secret.not-used")
    }

    @Test func `a password is stored, found, replaced and removed`() async throws {
        let store = MemoryStore()
        let label = try #require(SecretLabel.password(of: try profile(.password)))
        let found = try await onLoop {
            let passwords = StoredSecret(
                label: label, surroundings: Surroundings(environment: [:], secret: nil, secrets: store))
            var seen = [try await passwords.exists()]
            try await passwords.keep(secret("one"))
            try await passwords.keep(secret("two"))
            seen.append(try await passwords.exists())
            seen.append(store.items.count == 1 && SecretInput.areEqual(store.items[0].secret, secret("two")))
            seen.append(store.items.first?.label == "bastion-up: password of me for dev")
            seen.append(try await passwords.remove())
            seen.append(try await passwords.remove())
            return seen
        }
        #expect(found == [false, true, true, true, true, false])
    }

    @Test func `an empty secret is refused`() throws {
        #expect(try diagnostic { try SecretInput.check(secret(""), "password") }.code == "secret.empty")
        #expect(throws: Never.self) { try SecretInput.check(secret("x"), "password") }
    }

    @Test func `two secrets are equal only byte by byte`() {
        #expect(SecretInput.areEqual(secret("ab"), secret("ab")))
        #expect(!SecretInput.areEqual(secret("ab"), secret("abc")))
        #expect(!SecretInput.areEqual(secret("ab"), secret("aB")))
    }

    @Test func `Ctrl-C at the question ends with the signal's status`() {
        #expect(SecretInput.words(.interrupted(2), "password").exit == .signal(2))
        #expect(SecretInput.words(.noTerminal, "password").exit == .notPermitted)
    }

    // MARK: list

    private static let items = [
        StoredItem(
            label: "bastion-up: client secret of app",
            attributes: SecretAttributes(
                .clientSecret, ["authority": "login.lab", "tenant": "t", "client": "app"]), isLocked: false),
        StoredItem(
            label: "bastion-up: access token", attributes: SecretAttributes(.accessToken, ["client": "app"]),
            isLocked: false),
        StoredItem(
            label: "bastion-up: password of me for dev",
            attributes: SecretAttributes(.password, ["target": "/vm:22", "username": "me"]), isLocked: true),
    ]

    @Test func `the list is a table, locked items marked, tokens left out`() {
        #expect(
            SecretListing(Self.items).text() == """
                KIND           USERNAME  LABEL                                        TARGET
                client-secret  app       bastion-up: client secret of app             login.lab/t
                password       me        bastion-up: password of me for dev (locked)  /vm:22

                """)
    }

    @Test func `the list is JSON as well`() {
        #expect(
            SecretListing([Self.items[2]]).json == """
                [
                  {
                    "label": "bastion-up: password of me for dev",
                    "kind": "password",
                    "target": "/vm:22",
                    "username": "me",
                    "locked": true
                  }
                ]
                """)
        #expect(SecretListing([]).json == "[]")
    }
}
