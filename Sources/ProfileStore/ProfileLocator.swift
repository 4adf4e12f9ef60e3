internal import Diagnostics
internal import Posix

/// Finds and reads the profile files of all layers. Each file is opened once, and only plain files are read.
package struct ProfileLocator {
    /// The largest profile file in bytes.
    private let sizeLimit: Int
    /// The most files that are taken from one folder.
    private let countLimit: Int
    private var found = FoundProfiles()
    /// Which text has which file (device and inode), so that a file that is reached twice counts once.
    private var seen: [FileIdentity: Int] = [:]

    private struct FileIdentity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private init(sizeLimit: Int, countLimit: Int) {
        self.sizeLimit = sizeLimit
        self.countLimit = countLimit
    }

    /// - Parameter sizeLimit: of one file in bytes: what the YAML reader accepts.
    package static func find(_ search: ProfileSearch, sizeLimit: Int, countLimit: Int = 20_000)
        -> FoundProfiles
    {
        var locator = ProfileLocator(sizeLimit: sizeLimit, countLimit: countLimit)
        locator.readGiven(search.named, in: .named, search)
        if search.isIsolated { return locator.found }
        locator.readGiven(search.listed, in: .environment, search)
        locator.readUsersOwn(search.directories.configuration)
        locator.readProject(search.workingFolder)
        locator.readSystem(search.systemFolder)
        return locator.found
    }
}

// MARK: - The layers

extension ProfileLocator {
    /// Paths that somebody asked for: whatever is wrong with them is an error.
    private mutating func readGiven(_ paths: [String], in layer: ProfileLayerName, _ search: ProfileSearch) {
        for path in paths {
            let expanded = search.directories.expandingTilde(path)
            let place = FilePath.join(search.workingFolder, expanded)
            do {
                if try FileFacts(of: place).kind == .folder {
                    let files = try names(in: place, called: path)
                    if files.isEmpty { found.problems.add(.emptyFolder(path)) }
                    for name in files {
                        read(FilePath.join(place, name), called: FilePath.join(path, name), in: layer) { _ in
                            false
                        }
                    }
                } else {
                    read(place, called: path, in: layer) { _ in false }
                }
            } catch {
                found.problems.add(error.isMissing ? .pathNotFound(path, layer) : .unreadable(path, error))
            }
        }
    }

    private mutating func readUsersOwn(_ folder: String) {
        let profiles = FilePath.join(folder, "profiles")
        let isOwn = [folder, profiles].allSatisfy {
            areOthersKeptOut(of: $0, but: [UserIdentity.current, UserIdentity.root])
        }
        readFolder(profiles, in: .user) { facts in
            isOwn && facts.isGuarded(by: [UserIdentity.current, UserIdentity.root])
        }
        let file = FilePath.join(folder, "config.yaml")
        guard (try? FileFacts(ofLink: file)) != nil else { return }
        do {
            let contents = try FileReader.read(file, limit: sizeLimit)
            let isGuarded = contents.facts.isGuarded(by: [UserIdentity.current, UserIdentity.root])
            if !isGuarded { found.problems.add(.notOwn(file, contents.facts)) }
            found.configuration = ProfileText(
                path: file, realPath: try FilePath.real(file), bytes: contents.bytes, layer: .user,
                isUsersOwn: isOwn && isGuarded)
        } catch { found.problems.add(.unreadable(file, error)) }
    }

    private mutating func readProject(_ workingFolder: String) {
        guard let folder = ProjectFolder.find(from: workingFolder) else { return }
        guard let facts = try? FileFacts(of: folder), let link = try? FileFacts(ofLink: folder) else {
            return
        }
        guard facts.isOwn, link.isOwn else {
            found.problems.add(.foreignProject(folder, facts))
            return
        }
        readFolder(folder, in: .project, onlyOwn: true) { _ in false }
    }

    private mutating func readSystem(_ folder: String) {
        let profiles = FilePath.join(folder, "profiles")
        let isGuarded = [folder, profiles].allSatisfy { areOthersKeptOut(of: $0, but: [UserIdentity.root]) }
        readFolder(profiles, in: .system) { isGuarded && $0.isGuarded(by: [UserIdentity.root]) }
    }

    /// Whether nobody but those may change what is in the folder; says so where somebody else may.
    private mutating func areOthersKeptOut(of folder: String, but owners: [UInt32]) -> Bool {
        guard let facts = try? FileFacts(of: folder) else { return true }
        if facts.isGuarded(by: owners) { return true }
        found.problems.add(.notOwn(folder, facts))
        return false
    }
}

// MARK: - Folders and files

extension ProfileLocator {
    /// A folder of a layer that is always looked at: missing is fine, anything else in the way is a warning.
    private mutating func readFolder(
        _ folder: String, in layer: ProfileLayerName, onlyOwn: Bool = false, isUsersOwn: (FileFacts) -> Bool
    ) {
        let files: [String]
        do { files = try names(in: folder, called: folder) } catch {
            if !error.isMissing { found.problems.add(.unreadable(folder, error, severity: .warning)) }
            return
        }
        for name in files {
            let path = FilePath.join(folder, name)
            read(path, called: path, in: layer, onlyOwn: onlyOwn, isUsersOwn: isUsersOwn)
        }
    }

    /// The profile files among the names in a folder: `*.yaml` and `*.yml`, none that is hidden.
    private mutating func names(in folder: String, called label: String) throws(FileError) -> [String] {
        let files = try FolderListing.names(in: folder).filter { name in
            !name.hasPrefix(".") && (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
        }
        if files.count > countLimit { found.problems.add(.tooManyFiles(label, files.count, countLimit)) }
        return Array(files.prefix(countLimit))
    }

    private mutating func read(
        _ path: String, called label: String, in layer: ProfileLayerName, onlyOwn: Bool = false,
        isUsersOwn: (FileFacts) -> Bool
    ) {
        let isGiven = layer == .named || layer == .environment
        do throws(FileError) {
            let contents = try FileReader.read(path, limit: sizeLimit)
            if onlyOwn, !contents.facts.isOwn { throw FileError(path, .foreignOwner(contents.facts.owner)) }
            let isOwn = isUsersOwn(contents.facts)
            if layer == .user || layer == .system, !isOwn, !contents.facts.isGuarded(by: owners(of: layer)) {
                found.problems.add(.notOwn(label, contents.facts))
            }
            take(
                ProfileText(
                    path: label, realPath: try FilePath.real(path), bytes: contents.bytes, layer: layer,
                    isUsersOwn: isOwn), contents.facts)
        } catch {
            found.problems.add(.unreadable(label, error, severity: isGiven ? .error : .warning))
        }
    }

    private func owners(of layer: ProfileLayerName) -> [UInt32] {
        layer == .system ? [UserIdentity.root] : [UserIdentity.current, UserIdentity.root]
    }

    /// Keeps the text, unless the same file stands in a higher layer already.
    ///
    /// A file that is the user's own stays so when it is also named by another path: then as the file that it is
    /// in the own folder, so that paths in it mean what they mean there.
    private mutating func take(_ text: ProfileText, _ facts: FileFacts) {
        let identity = FileIdentity(device: facts.device, inode: facts.inode)
        guard let first = seen[identity] else {
            seen[identity] = found.texts.count
            found.texts.append(text)
            return
        }
        guard text.isUsersOwn, !found.texts[first].isUsersOwn, found.texts[first].bytes == text.bytes else {
            return
        }
        found.texts[first].isUsersOwn = true
        found.texts[first].realPath = text.realPath
    }
}

extension FileFacts {
    /// Whether one of those owns the file and nobody else may write it.
    fileprivate func isGuarded(by owners: [UInt32]) -> Bool { owners.contains(owner) && !isWritableByOthers }
}
