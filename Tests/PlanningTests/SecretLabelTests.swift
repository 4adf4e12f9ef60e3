import Profiles
import Testing

@testable import Planning

@Suite struct SecretLabelTests {
    private func profile(_ method: Authentication.Method, name: String = "dev", user: String? = "azureuser")
        throws -> Profile
    {
        var profile = try Samples.profile {
            $0.authentication = Authentication(method: method, username: user)
        }
        profile.name = name
        return profile
    }

    @Test func `two profiles share the passphrase of one key file`() throws {
        let file = Authentication.Method.sshKey(.file("/home/me/.ssh/id_Lab"))
        let one = try #require(SecretLabel.passphrase(of: profile(file, name: "one"), login: "me"))
        var other = try profile(file, name: "other", user: "someone")
        other.target = .address("10.0.0.4")
        let same = try #require(SecretLabel.passphrase(of: other, login: "me"))
        #expect(same.kind == one.kind && same.target == one.target && same.username == one.username)
        #expect(same.text == one.text)
        #expect(one.target.text == "key:/home/me/.ssh/id_Lab")
        #expect(one.username == "me")
        #expect(one.text == "passphrase of the key /home/me/.ssh/id_Lab")
    }

    @Test func `a key of the keyring and its passphrase belong to the target and the user`() throws {
        let profile = try profile(.sshKey(.keyring))
        let key = try #require(SecretLabel.privateKey(of: profile))
        let passphrase = try #require(SecretLabel.passphrase(of: profile, login: "me"))
        #expect(key.kind == .privateKey && passphrase.kind == .passphrase)
        for label in [key, passphrase] {
            #expect(label.target == TargetKey(of: profile))
            #expect(label.username == "azureuser")
        }
        #expect(passphrase.text == "passphrase of the private key of azureuser for dev")
    }

    @Test(arguments: [
        Authentication.Method.none, .password, .entra, .sshKey(.agent), .sshKey(.unspecified),
        .sshKey(.keyVault(vault: "v", secret: "s", version: nil)),
    ])
    func `no key, no passphrase`(method: Authentication.Method) throws {
        #expect(SecretLabel.passphrase(of: try profile(method), login: "me") == nil)
    }

    @Test func `nobody has no secret of a target`() throws {
        let profile = try profile(.sshKey(.keyring), user: nil)
        #expect(SecretLabel.privateKey(of: profile) == nil)
        #expect(SecretLabel.password(of: profile) == nil)
        #expect(SecretLabel.passphrase(of: profile, login: "me") == nil)
    }
}

@Suite struct AgentPathsTests {
    private static let runtime = "/run/user/1000/bastion-up"

    private func paths(_ change: (inout Profile) -> Void = { _ in }) throws -> AgentPaths {
        let profile = try Samples.profile {
            $0.authentication = Authentication(method: .sshKey(.keyring), username: "azureuser")
            change(&$0)
        }
        return AgentPaths(of: profile, runtimeFolder: Self.runtime)
    }

    @Test func `the paths of a target and a user stay the same`() throws {
        let paths = try paths()
        #expect(paths.folder == "\(Self.runtime)/a-d889a35aae644c29db4a8b3273728002")
        #expect(paths.socket == paths.folder + "/agent.sock")
        #expect(paths.publicKey == paths.folder + "/id.pub")
        #expect(paths.lock == paths.folder + ".lock")
        #expect(paths.socket.utf8.count == Self.runtime.utf8.count + 46)
    }

    @Test func `profiles of one target and user share an agent, others do not`() throws {
        let paths = try paths()
        #expect(try self.paths { $0.name = "other" } == paths)
        #expect(try self.paths { $0.targetPort = 2222 } != paths)
        #expect(try self.paths { $0.authentication.username = "root" } != paths)
        #expect(try self.paths { $0.target = .address("10.0.0.4") } != paths)
    }
}
