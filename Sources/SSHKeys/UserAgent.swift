internal import Glibc
internal import Posix

/// The agent of one identity that outlives the command that started it: for plain ssh, by its `IdentityAgent`.
///
/// A process of ours, the keeper, owns the ssh-agent. It is in a session of its own, holds no secret, and ends when
/// the identity's time is over, when it is told to, or when the socket is gone (the user logged out); then nothing is
/// left. Whoever starts it loads the key, and hands over a lock that the keeper holds for as long as it lives.
package struct UserAgent: Sendable {
    /// Where its files stand; all of them absolute.
    package struct Place: Hashable, Sendable {
        package var folder: String
        package var socket: String
        package var publicKey: String
        /// Beside the folder.
        package var lock: String

        package init(folder: String, socket: String, publicKey: String, lock: String) {
            (self.folder, self.socket, self.publicKey, self.lock) = (folder, socket, publicKey, lock)
        }
    }

    let place: Place

    /// How long an agent may take to answer, one that was stopped say.
    private static let answerTime = Duration.seconds(2)
    /// How long somebody else who is starting it may take: a person may have to unlock the keyring.
    private static let startTime = Duration.seconds(120)
    private static let stopTime = Duration.seconds(10)
    private static let pauses = (first: Duration.milliseconds(5), last: Duration.milliseconds(40))

    package init(at place: Place) { self.place = place }

    /// Whether it runs and has its identity.
    package func isReady() async -> Bool {
        guard (try? PrivateFolder(existing: place.folder)) != nil,
            (try? FileFacts(ofLink: place.publicKey)) != nil
        else { return false }
        let client = AgentClient(socket: place.socket)
        return await client.identities(until: .now.advanced(by: Self.answerTime))?.isEmpty == false
    }

    /// Takes the right to start it. Of several who want to, one gets it; the others wait for what comes of it.
    /// - Returns: nil where it runs.
    package func claim() async throws(SSHKeyError) -> UserAgentStart? {
        let deadline = Instant.now.advanced(by: Self.startTime)
        var pause = Self.pauses.first
        while await !isReady() {
            if let lock = try lock() {
                // It may have become ready since.
                if await isReady() {
                    lock.deleteAndRelease()
                    return nil
                }
                await removeRemains()
                return UserAgentStart(place: place, lock: lock)
            }
            guard Instant.now < deadline else { throw .silent }
            guard await EventLoop.sleep(until: .now.advanced(by: pause)) else { throw .cancelled }
            pause = min(pause * 2, Self.pauses.last)
        }
        return nil
    }

    /// Ends it, and waits until nothing of it is left.
    /// - Returns: whether there was anything to end.
    package func stop() async throws(SSHKeyError) -> Bool {
        let deadline = Instant.now.advanced(by: Self.stopTime)
        var told: Int32?
        while true {
            if let lock = try lock(creating: false) {
                let hasRemains = await removeRemains()
                lock.deleteAndRelease()
                return hasRemains || told != nil
            }
            guard (try? FileFacts(ofLink: place.lock)) != nil else {
                let hasRemains = await removeRemains()
                return hasRemains || told != nil
            }
            if let keeper = keeper(), keeper != told {
                kill(keeper, SIGTERM)
                told = keeper
            }
            guard Instant.now < deadline else { throw .silent }
            guard await EventLoop.sleep(until: .now.advanced(by: Self.pauses.last)) else { throw .cancelled }
        }
    }

    /// The lock; nil where somebody else holds it or, unless it may be made, where there is none.
    private func lock(creating: Bool = true) throws(SSHKeyError) -> FileLock? {
        do { return try FileLock.tryLock(place.lock, creating: creating) } catch {
            if !creating, error.isMissing { return nil }
            throw .file(error)
        }
    }

    /// The process that holds the lock, by what it wrote into it.
    private func keeper() -> Int32? {
        let text = (try? FileReader.read(place.lock, limit: 32, followsLinks: false))?.bytes
        return text.flatMap { Int32(String(decoding: $0, as: UTF8.self)) }.flatMap { $0 > 1 ? $0 : nil }
    }

    /// Removes what a keeper left that was killed, its ssh-agent too. To be called with the lock held.
    @discardableResult
    private func removeRemains() async -> Bool {
        guard (try? PrivateFolder(existing: place.folder)) != nil else { return false }
        let client = AgentClient(socket: place.socket)
        if let orphan = await client.owner(until: .now.advanced(by: Self.answerTime)) {
            kill(orphan, SIGTERM)
        }
        place.removeFiles()
        return true
    }
}

extension UserAgent.Place {
    func removeFiles() {
        for name in (try? FolderListing.names(in: folder)) ?? [] { unlink(FilePath.join(folder, name)) }
        rmdir(folder)
    }
}

/// The right to start a user's agent: to be used or abandoned, once.
package struct UserAgentStart {
    private let place: UserAgent.Place
    private let lock: FileLock

    private static let startTime = Duration.seconds(10)
    private static let endTime = Duration.seconds(5)

    init(place: UserAgent.Place, lock: FileLock) {
        self.place = place
        self.lock = lock
    }

    /// Gives the right back.
    package func abandon() { lock.deleteAndRelease() }

    /// Starts the keeper, loads the identity into its agent, and lets it live on.
    /// - Parameters:
    ///   - command: the command line of the keeper, which runs `AgentKeeper`; the folder and the lifetime in seconds
    ///     are added.
    ///   - lifetime: in whole seconds.
    package func run(
        _ identity: AgentIdentity, lifetime: Duration, keeper command: [String], tools: AgentTools
    ) async throws(SSHKeyError) {
        let folder: PrivateFolder
        do { folder = try PrivateFolder(making: place.folder) } catch {
            lock.deleteAndRelease()
            throw .file(error)
        }
        let (link, child) = try startKeeper(
            command + [place.folder, "\(lifetime.components.seconds)"], tools)
        // From here on the lock is the keeper's, and so is the cleaning up.
        defer { lock.handOver() }
        do throws(SSHKeyError) {
            guard await link.receive(until: .now.advanced(by: Self.startTime)) == .ready else {
                throw Task.isCancelled ? .cancelled : .agentEnded
            }
            let loader = AgentLoader(into: place.socket, folder: folder, tools: tools)
            let line = try await loader.load(identity, lifetime: lifetime)
            do { try AtomicFile.write(Array("\(line)\n".utf8), to: place.publicKey) } catch {
                throw .file(error)
            }
            link.send(.loaded)
            link.close()
        } catch {
            link.close()
            await EventLoop.shielded { _ = await child.wait(until: .now.advanced(by: Self.endTime)) }
            throw error
        }
    }

    private func startKeeper(_ command: [String], _ tools: AgentTools) throws(SSHKeyError)
        -> (KeeperLink, ChildProcess)
    {
        do throws(SSHKeyError) {
            let ends: (ours: FileDescriptor, keepers: FileDescriptor)
            do { ends = try FileDescriptor.socketPair() } catch { throw .system(error) }
            let link = try KeeperLink(ends.ours)
            let child = try tools.start(
                command[0], Array(command.dropFirst()),
                descriptors: [
                    (ours: lock.descriptor, childs: AgentKeeper.lockDescriptor),
                    (ours: ends.keepers, childs: AgentKeeper.linkDescriptor),
                ], isDetached: true)
            return (link, child)
        } catch {
            place.removeFiles()
            lock.deleteAndRelease()
            throw error
        }
    }
}
