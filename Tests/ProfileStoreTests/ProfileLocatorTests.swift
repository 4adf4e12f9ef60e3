import Diagnostics
import Glibc
import Posix
import TestSupport
import Testing

@testable import ProfileStore

@Suite struct ProfileLocatorTests {
    let home: TemporaryHome

    init() throws {
        home = try TemporaryHome()
        try home.makeFolder("work")
        try home.makeFolder("etc")
    }

    private func find(
        _ named: [String] = [], listed: String? = nil, in folder: String = "work", isIsolated: Bool = false,
        sizeLimit: Int = 1000, countLimit: Int = 100
    ) -> FoundProfiles {
        var environment = home.environment
        environment["BASTION_UP_PROFILES"] = listed
        let search = ProfileSearch(
            named: named, environment: environment, workingFolder: home.path(folder), isIsolated: isIsolated,
            systemFolder: home.path("etc"))
        return ProfileLocator.find(search, sizeLimit: sizeLimit, countLimit: countLimit)
    }

    private func names(_ found: FoundProfiles) -> [String] { found.texts.map { FilePath.name(of: $0.path) } }

    @Test func `finds nothing where there is nothing, without complaint`() {
        #expect(find() == FoundProfiles())
    }

    @Test func `reads all layers, highest first`() throws {
        try home.write("1", to: "work/named.yaml")
        try home.write("2", to: "listed.yaml")
        try home.writeProfiles("3", named: "user.yaml")
        try home.makeFolder("work/.git")
        try home.write("4", to: "work/.bastion-up/project.yaml")
        try home.write("5", to: "etc/profiles/system.yaml")
        let found = find(["named.yaml"], listed: home.path("listed.yaml"))
        #expect(found.texts.map(\.layer) == [.named, .environment, .user, .project, .system])
        #expect(found.texts.map { String(decoding: $0.bytes, as: UTF8.self) } == ["1", "2", "3", "4", "5"])
        #expect(found.problems.isEmpty)
    }

    @Test func `looks at the named paths alone where that is asked for`() throws {
        try home.write("1", to: "work/named.yaml")
        try home.writeProfiles("3")
        #expect(names(find(["named.yaml"], listed: home.path("x"), isIsolated: true)) == ["named.yaml"])
    }

    @Test func `takes the yaml files of a folder by name and leaves hidden and other files out`() throws {
        for name in ["b.yaml", "a.yml", ".c.yaml", "d.json", "e.yaml~", "Z.yaml"] {
            try home.write("", to: "work/team/\(name)")
        }
        try home.write("", to: "work/team/below/f.yaml")
        let found = find(["team"])
        #expect(names(found) == ["Z.yaml", "a.yml", "b.yaml"])
        #expect(found.texts.map(\.path) == ["team/Z.yaml", "team/a.yml", "team/b.yaml"])
    }

    @Test func `expands the tilde in a listed path`() throws {
        try home.write("", to: "team.yaml")
        #expect(names(find(listed: "~/team.yaml::")) == ["team.yaml"])
    }

    // MARK: Refusals

    @Test(arguments: [(true, "check the path"), (false, "BASTION_UP_PROFILES")])
    func `says which named path does not exist`(_ isNamed: Bool, _ source: String) throws {
        let found = isNamed ? find(["gone.yaml"]) : find(listed: "gone.yaml")
        let problem = try #require(found.problems.errors.first)
        #expect(problem.code == "profiles.not-found")
        #expect(problem.exit == .noSuchProfile)
        #expect(problem.message.contains("gone.yaml"))
        #expect(problem.remedy.contains(source))
    }

    @Test func `checks the size before it reads`() throws {
        try home.write(String(repeating: "x", count: 11), to: "work/large.yaml")
        try home.write(String(repeating: "x", count: 10), to: "work/right.yaml")
        let found = find(["large.yaml", "right.yaml"], sizeLimit: 10)
        #expect(names(found) == ["right.yaml"])
        #expect(found.problems.errors.map(\.code) == ["profiles.too-large"])
    }

    @Test func `refuses a fifo and a device without waiting`() throws {
        #expect(mkfifo(home.path("work/pipe.yaml"), 0o600) == 0)
        let found = find(["pipe.yaml", "/dev/zero"])
        #expect(found.texts.isEmpty)
        #expect(found.problems.errors.map(\.code) == ["profiles.not-a-file", "profiles.not-a-file"])
    }

    @Test func `warns of what it leaves out of a folder that nobody named`() throws {
        try home.writeProfiles("good", named: "good.yaml")
        #expect(mkfifo(home.path("config/bastion-up/profiles/pipe.yaml"), 0o600) == 0)
        let found = find()
        #expect(names(found) == ["good.yaml"])
        #expect(found.problems.warnings.map(\.code) == ["profiles.not-a-file"])
        #expect(!found.problems.hasErrors)
    }

    @Test func `warns of a named folder without profiles`() throws {
        try home.makeFolder("work/empty")
        #expect(find(["empty"]).problems.warnings.map(\.code) == ["profiles.empty-folder"])
    }

    @Test func `takes a bounded number of files from a folder`() throws {
        for number in 1...4 { try home.write("", to: "work/team/\(number).yaml") }
        let found = find(["team"], countLimit: 3)
        #expect(found.texts.count == 3)
        #expect(found.problems.errors.map(\.code) == ["profiles.too-many-files"])
    }

    // MARK: Whose file it is

    @Test func `trusts the user's own folder and no other`() throws {
        try home.writeProfiles("own")
        try home.write("named", to: "work/named.yaml")
        let found = find(["named.yaml"])
        #expect(found.texts.map(\.isUsersOwn) == [false, true])
    }

    @Test func `follows a link out of the own folder`() throws {
        try home.write("dotfiles", to: "dotfiles/mine.yaml")
        try home.makeFolder("config/bastion-up/profiles")
        #expect(symlink(home.path("dotfiles/mine.yaml"), home.path("config/bastion-up/profiles/a.yaml")) == 0)
        let text = try #require(find().texts.first)
        #expect(text.isUsersOwn)
        #expect(text.directory == home.path("dotfiles"))
    }

    @Test(arguments: [
        "config/bastion-up", "config/bastion-up/profiles", "config/bastion-up/profiles/profiles.yaml",
    ])
    func `does not trust what others may write`(_ exposed: String) throws {
        try home.writeProfiles("own")
        #expect(chmod(home.path(exposed), exposed.hasSuffix("yaml") ? 0o620 : 0o770) == 0)
        let found = find()
        #expect(found.texts.map(\.isUsersOwn) == [false])
        #expect(found.problems.warnings.map(\.code) == ["profiles.not-own"])
        #expect(found.problems.warnings.first?.message.contains(home.path(exposed)) == true)
    }

    @Test(.enabled(if: TestEnvironment.isRoot))
    func `does not trust what somebody else owns`() throws {
        let path = try home.writeProfiles("own")
        #expect(chown(path, 65534, 65534) == 0)
        let found = find()
        #expect(found.texts.map(\.isUsersOwn) == [false])
        #expect(found.problems.warnings.map(\.code) == ["profiles.not-own"])
    }

    @Test func `trusts the machine's folder exactly when root alone may write it`() throws {
        try home.write("system", to: "etc/profiles/a.yaml", permissions: 0o644)
        #expect(find().texts.map(\.isUsersOwn) == [TestEnvironment.isRoot])
        #expect(chmod(home.path("etc"), 0o777) == 0)
        #expect(find().texts.map(\.isUsersOwn) == [false])
    }

    @Test func `reads a file once that is named and stands in the own folder`() throws {
        let path = try home.writeProfiles("own")
        #expect(symlink(path, home.path("work/link.yaml")) == 0)
        let found = find(["link.yaml"])
        #expect(found.texts.count == 1)
        #expect(found.texts.first?.layer == .named)
        #expect(found.texts.first?.isUsersOwn == true)
        #expect(found.texts.first?.directory == home.path("config/bastion-up/profiles"))
    }

    // MARK: The project

    @Test func `looks for the project up to the git root and no further`() throws {
        try home.makeFolder("work/repo/deep/er")
        try home.write("", to: "work/.bastion-up/outside.yaml")
        #expect(find(in: "work/repo/deep/er").texts.isEmpty)
        try home.write("gitdir: elsewhere", to: "work/repo/.git")
        #expect(find(in: "work/repo/deep/er").texts.isEmpty)
        try home.write("", to: "work/repo/.bastion-up/root.yaml")
        #expect(names(find(in: "work/repo/deep/er")) == ["root.yaml"])
        try home.write("", to: "work/repo/deep/.bastion-up/near.yaml")
        #expect(names(find(in: "work/repo/deep/er")) == ["near.yaml"])
        #expect(find(in: "work/repo/deep/er").texts.allSatisfy { !$0.isUsersOwn })
    }

    @Test(.enabled(if: TestEnvironment.isRoot), arguments: [".bastion-up", ".bastion-up/a.yaml"])
    func `leaves out what somebody else put into the project`(_ foreign: String) throws {
        try home.makeFolder("work/.git")
        try home.write("", to: "work/.bastion-up/a.yaml")
        #expect(chown(home.path("work/\(foreign)"), 65534, 65534) == 0)
        let found = find()
        #expect(found.texts.isEmpty)
        let code = foreign.hasSuffix("yaml") ? "profiles.foreign-file" : "profiles.foreign-project"
        #expect(found.problems.warnings.map(\.code) == [code])
    }

    // MARK: config.yaml

    @Test func `finds the user's configuration`() throws {
        try home.write("username: alex", to: "config/bastion-up/config.yaml")
        let configuration = try #require(find().configuration)
        #expect(configuration.bytes == Array("username: alex".utf8))
        #expect(configuration.isUsersOwn)
    }

    @Test func `cannot do without a configuration that is there and unreadable`() throws {
        try home.makeFolder("config/bastion-up")
        #expect(mkfifo(home.path("config/bastion-up/config.yaml"), 0o600) == 0)
        #expect(find().problems.errors.map(\.code) == ["profiles.not-a-file"])
    }
}
