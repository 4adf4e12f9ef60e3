internal import Glibc
internal import Posix

/// The keeper: the process that owns a user's agent. Holds no secret; see `UserAgent`.
package struct AgentKeeper {
    static let lockDescriptor: CInt = 3
    static let linkDescriptor: CInt = 4

    /// How long whoever started it may take to load the identity.
    private static let loadTime = Duration.seconds(60)
    /// How often it looks whether its socket is still there.
    private static let lookTime = Duration.seconds(30)

    private let place: UserAgent.Place
    private let lock: FileLock
    private let link: KeeperLink
    private let tools: AgentTools

    /// Takes over what it was started with.
    /// - Throws: `system` where it was started by anything but `UserAgentStart`.
    package init(of place: UserAgent.Place, tools: AgentTools) throws(SSHKeyError) {
        guard Self.isLock(place.lock), Self.isSocket(Self.linkDescriptor) else {
            throw .system(SystemError("fstat", number: EBADF))
        }
        self.place = place
        self.tools = tools
        lock = .adopt(FileDescriptor(owning: Self.lockDescriptor), path: place.lock)
        link = try KeeperLink(FileDescriptor(owning: Self.linkDescriptor))
    }

    /// Serves until the lifetime is over or the task is cancelled; then nothing is left.
    package func run(lifetime: Duration) async throws(SSHKeyError) {
        defer {
            place.removeFiles()
            lock.deleteAndRelease()
        }
        let end = Instant.now.advanced(by: lifetime)
        chdir("/")
        do { try lock.descriptor.writeAll(Array("\(getpid())".utf8)) } catch { throw .system(error) }
        let agent = try await PrivateAgent(at: place.socket, tools: tools)
        link.send(.ready)
        if await link.receive(until: .now.advanced(by: Self.loadTime)) == .loaded {
            link.close()
            await serve(agent, until: end)
        }
        link.close()
        await agent.close()
    }

    private func serve(_ agent: PrivateAgent, until end: Instant) async {
        while !Task.isCancelled, Instant.now < end, (try? FileFacts(ofLink: place.socket)) != nil {
            let look = min(end, .now.advanced(by: Self.lookTime))
            if await agent.hasEnded(by: look) { return }
        }
    }

    private static func isLock(_ path: String) -> Bool {
        var (given, present) = (stat(), stat())
        return fstat(lockDescriptor, &given) == 0 && lstat(path, &present) == 0
            && given.st_ino == present.st_ino && given.st_dev == present.st_dev
    }

    private static func isSocket(_ number: CInt) -> Bool {
        var facts = stat()
        return fstat(number, &facts) == 0 && facts.st_mode & S_IFMT == S_IFSOCK
    }
}
