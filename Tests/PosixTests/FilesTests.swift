import Glibc
import TestSupport
import Testing

@testable import Posix

@Suite struct FilePathTests {
    @Test(arguments: [
        ("/a/b", "/a", "b"), ("/a", "/", "a"), ("/", "/", ""), ("a", ".", "a"), ("a/b", "a", "b"),
        ("/a/b/", "/a", "b"), ("//a//b", "/a", "b"), ("", ".", ""),
    ])
    func `takes a path apart`(_ path: String, _ folder: String, _ name: String) {
        #expect(FilePath.folder(of: path) == folder)
        #expect(FilePath.name(of: path) == name)
    }

    @Test(arguments: [
        ("/a", "b", "/a/b"), ("/a/", "b", "/a/b"), ("/a", "/b", "/b"), ("", "b", "b"), ("/", "b", "/b"),
    ])
    func `joins paths`(_ folder: String, _ path: String, _ joined: String) {
        #expect(FilePath.join(folder, path) == joined)
    }
}

@Suite struct DirectoriesTests {
    @Test func `follows the XDG variables`() {
        let directories = Directories(environment: [
            "HOME": "/home/alex", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/k",
            "XDG_RUNTIME_DIR": "/run/user/1",
        ])
        #expect(directories.configuration == "/c/bastion-up")
        #expect(directories.state == "/s/bastion-up")
        #expect(directories.cache == "/k/bastion-up")
        #expect(directories.runtime == "/run/user/1/bastion-up")
    }

    @Test(arguments: [[:], ["XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "relative", "XDG_RUNTIME_DIR": "run"]])
    func `falls back to the home folder`(_ environment: [String: String]) {
        let directories = Directories(environment: environment.merging(["HOME": "/home/alex"]) { $1 })
        #expect(directories.configuration == "/home/alex/.config/bastion-up")
        #expect(directories.state == "/home/alex/.local/state/bastion-up")
        #expect(directories.cache == "/home/alex/.cache/bastion-up")
        #expect(directories.runtime == "/home/alex/.local/state/bastion-up/run")
    }

    @Test(arguments: [("~", "/h"), ("~/x", "/h/x"), ("~x", "~x"), ("/~", "/~"), ("a/~", "a/~")])
    func `expands the tilde`(_ path: String, _ expanded: String) {
        #expect(Directories(environment: ["HOME": "/h"]).expandingTilde(path) == expanded)
    }
}

@Suite struct PrivateFolderTests {
    let home: TemporaryHome
    init() throws { home = try TemporaryHome() }

    @Test func `makes the folder and those above it for the user alone`() throws {
        let folder = try PrivateFolder(making: home.path("a/b/c"))
        #expect(folder.path == home.path("a/b/c"))
        for made in ["a", "a/b", "a/b/c"] { #expect(try FileFacts(of: home.path(made)).permissions == 0o700) }
        #expect(try PrivateFolder(making: home.path("a/b/c")) == folder)
    }

    @Test func `refuses a folder that is open to others, and does not repair it`() throws {
        try home.makeFolder("open", permissions: 0o750)
        let error = #expect(throws: FileError.self) { _ = try PrivateFolder(making: home.path("open")) }
        #expect(error?.reason == .openToOthers(0o750))
        #expect(try FileFacts(of: home.path("open")).permissions == 0o750)
    }

    @Test func `refuses a link and a file`() throws {
        try home.makeFolder("real")
        #expect(symlink(home.path("real"), home.path("link")) == 0)
        try home.write("", to: "file")
        #expect(throws: FileError(home.path("link"), .symbolicLink)) {
            _ = try PrivateFolder(making: home.path("link"))
        }
        #expect(throws: FileError(home.path("file"), .notFolder)) {
            _ = try PrivateFolder(making: home.path("file"))
        }
    }

    @Test(.enabled(if: TestEnvironment.isRoot)) func `refuses somebody else's folder`() throws {
        try home.makeFolder("foreign")
        #expect(chown(home.path("foreign"), 65534, 65534) == 0)
        #expect(throws: FileError(home.path("foreign"), .foreignOwner(65534))) {
            _ = try PrivateFolder(making: home.path("foreign"))
        }
    }

    @Test func `refuses a socket path that does not fit`() throws {
        let folder = try PrivateFolder(making: home.path("f"))
        let room = 107 - folder.path.utf8.count - 1
        #expect(try folder.socketPath(of: String(repeating: "s", count: room)).utf8.count == 107)
        let error = #expect(throws: FileError.self) {
            _ = try folder.socketPath(of: String(repeating: "s", count: room + 1))
        }
        #expect(error?.reason == .pathTooLong)
    }

    @Test func `makes folders with names of their own`() throws {
        let folder = try PrivateFolder(making: home.path("f"))
        let one = try folder.temporaryFolder(prefix: "run-")
        let two = try folder.temporaryFolder(prefix: "run-")
        #expect(one != two)
        #expect(one.path.hasPrefix(home.path("f/run-")))
    }
}

@Suite struct FileReaderTests {
    let home: TemporaryHome
    init() throws { home = try TemporaryHome() }

    @Test(arguments: [0, 1, 4096, 65536, 65537, 200_000]) func `reads whole files`(_ count: Int) throws {
        let text = String(repeating: "x", count: count)
        let path = try home.write(text, to: "file")
        #expect(try FileReader.read(path, limit: count).bytes == Array(text.utf8))
        if count > 0 {
            #expect(throws: FileError(path, .tooLarge(limit: count - 1))) {
                _ = try FileReader.read(path, limit: count - 1)
            }
        }
    }

    @Test(arguments: [0, 1, 4096, 65536]) func `reads whole secrets`(_ count: Int) throws {
        let text = String(repeating: "x", count: count)
        let path = try home.write(text, to: "file")
        let secret = try FileReader.readSecret(path, limit: count)
        #expect(secret.withBytes { Array($0) } == Array(text.utf8))
        #expect(throws: FileError(path, .tooLarge(limit: count - 1))) {
            _ = try FileReader.readSecret(path, limit: count - 1)
        }
    }

    @Test func `bounds a file that hides its size`() {
        #expect(throws: FileError("/proc/self/maps", .tooLarge(limit: 100))) {
            _ = try FileReader.read("/proc/self/maps", limit: 100)
        }
    }

    @Test func `follows links only where it may`() throws {
        let path = try home.write("x", to: "file")
        #expect(symlink(path, home.path("link")) == 0)
        #expect(try FileReader.read(home.path("link"), limit: 1).bytes == [0x78])
        #expect(throws: FileError(home.path("link"), .symbolicLink)) {
            _ = try FileReader.read(home.path("link"), limit: 1, followsLinks: false)
        }
    }

    @Test func `tells a missing file from others`() throws {
        let missing = #expect(throws: FileError.self) { _ = try FileReader.read(home.path("no"), limit: 1) }
        #expect(missing?.isMissing == true)
        let folder = #expect(throws: FileError.self) { _ = try FileReader.read(home.path, limit: 1) }
        #expect(folder?.reason == .notRegularFile)
        #expect(folder?.isMissing == false)
    }
}

@Suite struct AtomicFileTests {
    let home: TemporaryHome
    init() throws { home = try TemporaryHome() }

    @Test func `replaces the content and leaves nothing beside it`() throws {
        let path = try home.makeFolder("f") + "/file"
        try AtomicFile.write([1, 2], to: path)
        try AtomicFile.write([3], to: path)
        #expect(try FileReader.read(path, limit: 10).bytes == [3])
        #expect(try FileFacts(of: path).permissions == 0o600)
        #expect(try FolderListing.names(in: home.path("f")) == ["file"])
    }

    @Test func `replaces a link and not what it leads to`() throws {
        let victim = try home.write("untouched", to: "victim")
        #expect(symlink(victim, home.path("link")) == 0)
        try AtomicFile.write([3], to: home.path("link"))
        #expect(try FileReader.read(victim, limit: 100).bytes == Array("untouched".utf8))
        #expect(try FileFacts(ofLink: home.path("link")).kind == .regular)
    }

    @Test func `leaves the old content and nothing else when it cannot replace it`() throws {
        try home.makeFolder("f/file")
        #expect(throws: FileError.self) { try AtomicFile.write([1], to: home.path("f/file")) }
        #expect(try FolderListing.names(in: home.path("f")) == ["file"])
    }
}

@Suite struct FileLockTests {
    let home: TemporaryHome
    init() throws { home = try TemporaryHome() }

    @Test func `is held by one at a time`() throws {
        let path = home.path("lock")
        let first = try #require(try FileLock.tryLock(path))
        #expect(try FileLock.tryLock(path) == nil)
        first.release()
        #expect(try FileLock.tryLock(path) != nil)
    }

    /// As a child has it that was forked and has not begun its program yet.
    @Test func `is given back even where another descriptor holds the file open`() throws {
        let path = home.path("lock")
        let first = try #require(try FileLock.tryLock(path))
        let copy = FileDescriptor(owning: dup(first.descriptor.rawValue))
        first.release()
        #expect(try FileLock.tryLock(path) != nil)
        copy.close()
    }

    @Test func `is kept by whom it was handed over to`() throws {
        let path = home.path("lock")
        let first = try #require(try FileLock.tryLock(path))
        let copy = FileDescriptor(owning: dup(first.descriptor.rawValue))
        first.handOver()
        #expect(try FileLock.tryLock(path) == nil)
        let second = FileLock.adopt(copy, path: path)
        second.deleteAndRelease()
        #expect(throws: FileError.self) { _ = try FileFacts(of: path) }
        #expect(try FileLock.tryLock(path) != nil)
    }

    @Test func `appends where it is asked to, and makes nothing where it is not to`() throws {
        let path = home.path("lock")
        let error = #expect(throws: FileError.self) { _ = try FileLock.tryLock(path, creating: false) }
        #expect(error?.isMissing == true)
        #expect(throws: FileError.self) { _ = try FileFacts(of: path) }
        try home.write("old ", to: "lock")
        let lock = try #require(try FileLock.tryLock(path, appending: true, creating: false))
        try lock.descriptor.writeAll(Array("new ".utf8))
        try lock.descriptor.writeAll([])
        try lock.descriptor.writeAll(Array("newest".utf8))
        #expect(try FileReader.read(path, limit: 100).bytes == Array("old new newest".utf8))
    }

    @Test func `says when not all could be written`() throws {
        let (reading, writing) = try FileDescriptor.socketPair()
        let failure = #expect(throws: SystemError.self) {
            try writing.writeAll([UInt8](repeating: 1, count: 64 << 20))
        }
        #expect(failure?.number == EAGAIN)
        reading.close()
    }

    @Test func `goes with its owner`() throws {
        do { #expect(try FileLock.tryLock(home.path("lock")) != nil) }
        #expect(try FileLock.tryLock(home.path("lock")) != nil)
    }

    @Test func `deletes its file while it holds it`() throws {
        let lock = try #require(try FileLock.tryLock(home.path("lock")))
        lock.deleteAndRelease()
        #expect(throws: FileError.self) { _ = try FileFacts(of: home.path("lock")) }
    }

    @Test func `is waited for until the deadline`() async throws {
        let path = home.path("lock")
        let held = try #require(try FileLock.tryLock(path))
        try await onLoop {
            let deadline = Instant.now.advanced(by: .milliseconds(30))
            let lock = try await FileLock.lock(path, until: deadline)
            #expect(lock == nil)
            #expect(Instant.now >= deadline)
        }
        try await onLoop {
            async let waited = FileLock.lock(path, until: .now.advanced(by: .seconds(20)))
            held.release()
            let lock = try await waited
            #expect(lock != nil)
        }
    }

    @Test func `does not follow a link`() throws {
        #expect(symlink(home.path("elsewhere"), home.path("lock")) == 0)
        #expect(throws: FileError(home.path("lock"), .symbolicLink)) {
            _ = try FileLock.tryLock(home.path("lock"))
        }
    }
}

@Suite struct NewFileTests {
    @Test func `a new file is whole, and nothing is ever replaced`() throws {
        let home = try TemporaryHome()
        let path = home.path("data/new")
        try AtomicFile.create(Array("one".utf8), at: path)
        let facts = try FileFacts(of: path)
        #expect(facts.permissions == 0o600 && facts.size == 3)
        let error = #expect(throws: FileError.self) { try AtomicFile.create(Array("two".utf8), at: path) }
        #expect(error?.isExisting == true && error?.isMissing == false)
        #expect(try FileReader.read(path, limit: 10).bytes == Array("one".utf8))
        #expect(try FolderListing.names(in: home.path("data")) == ["new"])
    }

    @Test func `a folder that is missing is said`() throws {
        let home = try TemporaryHome()
        let error = #expect(throws: FileError.self) { try AtomicFile.create([], at: home.path("none/new")) }
        #expect(error?.isMissing == true && error?.isExisting == false)
    }
}
