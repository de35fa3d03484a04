import Bytes
package import Campaigns
import Journal
import LinuxSystem

/// The store's files in a data folder: `campaigns.sqlite` is a symbolic link to the numbered file in use, so that a
/// rebuild can be swapped in (Documentation/decisions/0003).
package struct StoreFolder {
    let folder: DataFolder

    /// Names the folder; touches nothing.
    package init(_ folder: DataFolder) {
        self.folder = folder
    }

    /// The file in use, made and linked where there is none yet; files of older numbers are removed.
    func current() throws(EdgeError) -> String {
        if let target = linked() {
            try removeOthers(than: target)
            return path(target)
        }
        try removeOthers(than: nil)
        let first = free(from: 1)
        try link(first)
        return path(first)
    }

    /// The path of a file that nobody uses, for a rebuild. What an interrupted one left is removed.
    func prepareNext() throws(EdgeError) -> String {
        let used = linked()
        try removeOthers(than: used)
        return path(free(from: (used.flatMap(number) ?? 0) + 1))
    }

    /// The first name from a number on that nothing has.
    private func free(from first: Int) -> String {
        var number = first
        while (try? Files.statusOfLink(path(fileName(number)))) != nil { number += 1 }
        return fileName(number)
    }

    /// Makes a rebuilt file the one in use. Its contents are synced first; the link changes in one step.
    ///
    /// - Parameter store: the file as this process has it open, which is used on; nil when it is closed.
    func adopt(_ file: String, open store: SQLiteCampaignStore?) throws(EdgeError) {
        let name = String(file.dropFirst(folder.path.count + 1))
        if let store {
            do throws(StoreError) {
                try store.synchronize()
            } catch {
                throw .store(reason: "\(error)")
            }
        } else {
            try synchronize(file)
        }
        try link(name)
        try removeOthers(than: name)
    }

    private func synchronize(_ file: String) throws(EdgeError) {
        do throws(SystemError) {
            try FileDescriptor.open(file, .readWrite).synchronize()
            try FileDescriptor.open(file + "-wal", .readWrite).synchronize()
        } catch {
            if !error.isNotFound { throw .file(path: file, error) }
        }
    }

    /// What the files' contents are told from others by: whoever writes to one changes its size or its time.
    func stamp() -> [UInt64] {
        guard let target = linked() else { return [] }
        return ["", "-wal"].flatMap { suffix in
            let status = try? Files.status(path(target) + suffix)
            return [status?.inode ?? 0, status?.sizeBytes ?? 0, status?.modifiedNanoseconds ?? 0]
        }
    }

    /// A store that was found damaged, told by its stamp: it is not opened again as long as it is the same.
    struct Condemned: Equatable {
        let stamp: [UInt64]
        let trouble: String
    }

    /// Looks at all of the store in use; nil when it is well, and when it is not there, or no more the same at the end:
    /// what is removed in the midst of this is made anew.
    func condemned() -> Condemned? {
        let before = stamp()
        guard !before.isEmpty, let trouble = problem(), stamp() == before else { return nil }
        return Condemned(stamp: before, trouble: trouble)
    }

    /// What is wrong with all of the store in use, in a line, or nil.
    private func problem() -> String? {
        do throws(StoreError) {
            let problems = try openForReading().problems()
            return problems.first.map { "\(StoreError.damaged(file: folder.store, what: $0))" }
        } catch {
            return "\(error)"
        }
    }

    /// Why a report could not be made of the store in use, or nil.
    func trouble() -> String? {
        do throws(StoreError) {
            _ = try openForReading().checkpoints()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Removes a file that a rebuild did not complete, with its side files, unless it is the one in use.
    func discard(_ file: String) {
        guard linked().map(path) != file else { return }
        // What can't be removed now is removed when the next rebuild or start begins.
        for suffix in ["", "-wal", "-shm"] { try? Files.remove(file + suffix) }
    }

    /// The file in use and its side files, told from others that got their names; nil when one is missing or not what
    /// SQLite leaves there.
    func identity() -> [StoreFileIdentity]? {
        guard let target = linked() else { return nil }
        var files: [StoreFileIdentity] = []
        for suffix in ["", "-wal", "-shm"] {
            guard let status = try? Files.status(path(target) + suffix) else { return nil }
            // SQLite never makes the index of its log smaller than this.
            if suffix == "-shm", status.sizeBytes < 32_768 { return nil }
            files.append(StoreFileIdentity(device: status.device, inode: status.inode))
        }
        return files
    }

    /// Tells the figures of the store in use from those of one that was counted anew: the file's name, which grows
    /// with each rebuild, and what they were made on.
    ///
    /// - Throws: why the store can't be read.
    func figuresIdentity() throws(StoreError) -> String {
        let name = linked() ?? "none"
        var hash = SHA256()
        let basis = Array((try openForReading().basis() ?? "").utf8)
        hash.update(basis.span)
        return "\(name) \(hash.finalize().prefix16.hex)"
    }

    /// Opens a store for writing.
    static func open(_ file: String) throws(EdgeError) -> SQLiteCampaignStore {
        do throws(StoreError) {
            return try SQLiteCampaignStore(writing: file)
        } catch {
            throw .store(reason: "\(error)")
        }
    }

    /// What the figures of a store were made on.
    static func basis(of store: SQLiteCampaignStore) throws(EdgeError) -> String? {
        do throws(StoreError) {
            return try store.basis()
        } catch {
            throw .store(reason: "\(error)")
        }
    }

    /// Opens the store in use for reading.
    ///
    /// - Throws: `StoreError.missing` when there is none yet.
    package func openForReading() throws(StoreError) -> SQLiteCampaignStore {
        try SQLiteCampaignStore(reading: folder.store)
    }

    /// For each node up to where its windows are closed, as the store has it; nil when there is no store that can be
    /// read.
    func storedWatermarks() -> [UInt64: UInt64]? {
        do throws(StoreError) {
            return try openForReading().watermarks()
        } catch {
            return nil
        }
    }

    /// How far the store in use is with each shard; nil when there is none that can be read.
    func storedCheckpoints() -> [ShardCheckpoint]? {
        do throws(StoreError) {
            return try openForReading().checkpoints()
        } catch {
            return nil
        }
    }

    // MARK: Names

    private func fileName(_ number: Int) -> String { "campaigns-\(number).sqlite" }

    private func number(_ name: String) -> Int? {
        guard name.hasPrefix("campaigns-"), name.hasSuffix(".sqlite"), let number = Int(name.dropFirst(10).dropLast(7))
        else { return nil }
        // Somebody's own "campaigns-01.sqlite" is no file of ours, and must not be removed as one.
        return number > 0 && fileName(number) == name ? number : nil
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    /// The file's name that the link holds, if it is one of ours and the file is there.
    private func linked() -> String? {
        guard let target = try? Files.targetOfLink(folder.store), number(target) != nil,
            let status = try? Files.statusOfLink(path(target)), status.kind == .file
        else { return nil }
        return target
    }

    private func link(_ name: String) throws(EdgeError) {
        if (try? Files.statusOfLink(folder.store))?.kind == .folder {
            throw .store(reason: "\(StoreError.notAFile(file: folder.store, kind: .folder))")
        }
        let beside = folder.store + ".new"
        do throws(SystemError) {
            do throws(SystemError) {
                try Files.remove(beside)
            } catch {
                if !error.isNotFound { throw error }
            }
            try Files.symbolicLink(to: name, at: beside)
            try Files.rename(beside, to: folder.store)
            try Files.synchronizeDirectory(folder.path)
        } catch {
            throw .file(path: folder.store, error)
        }
    }

    private func removeOthers(than kept: String?) throws(EdgeError) {
        do throws(SystemError) {
            for name in try Files.list(folder.path) {
                let base = name.hasSuffix("-wal") || name.hasSuffix("-shm") ? String(name.dropLast(4)) : name
                guard number(base) != nil, base != kept else { continue }
                // A folder of such a name is not ours, and in nobody's way: the next free number is taken.
                if try Files.statusOfLink(path(name)).kind != .folder { try Files.remove(path(name)) }
            }
        } catch {
            throw .file(path: folder.path, error)
        }
    }
}

/// What tells one file from every other, whatever its name.
struct StoreFileIdentity: Equatable {
    let device: UInt64
    let inode: UInt64
}
