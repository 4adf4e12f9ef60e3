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

    @Test func `private keys are not supported yet`() throws {
        let problem = try diagnostic { _ = try command("secret", "set", "x", "--private-key") }
        #expect(problem.code == "secret.not-supported-yet")
        #expect(problem.exit == .configuration)
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
        #expect(try SecretCommand.label(profile, username: nil) == plan.secrets.first)
    }

    @Test func `another user has another label`() throws {
        #expect(try SecretCommand.label(try profile(.password), username: "you").username == "you")
    }

    @Test func `without a user there is nothing to store for`() throws {
        let profile = try profile(.password, nil)
        let problem = try diagnostic { _ = try SecretCommand.label(profile, username: nil) }
        #expect(problem.code == "secret.no-username")
    }

    @Test(arguments: [Authentication.Method.none, .sshKey(.agent), .entra])
    func `a password that nothing reads is not stored`(method: Authentication.Method) throws {
        let profile = try profile(method)
        #expect(try diagnostic { try SecretSetCommand.requirePassword(profile) }.code == "secret.not-used")
    }

    @Test func `a password is stored, found, replaced and removed`() throws {
        let store = MemoryStore()
        let label = try SecretCommand.label(try profile(.password), username: nil)
        let found = try onLoop {
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
