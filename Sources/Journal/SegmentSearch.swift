import LinuxSystem

/// A segment that somebody offers.
struct OfferedSegment {
    /// The file.
    let path: String
    /// Its header, which decides what it is.
    let header: SegmentHeader
    /// Bytes of the file when it was found.
    let sizeBytes: UInt64
}

/// Looks for segments in a folder, however far above them it is.
///
/// What a segment is, its header says; the names of the file and the two folders that it stands in must say the same.
/// Symbolic links are not followed, so there is no way in a circle.
struct SegmentSearch {
    /// Folders that are looked into below the first one.
    static let depthMax = 8

    /// The segments of each shard by their first sequences; several where there are several copies.
    private(set) var segments: [ShardIdentity: [UInt64: [OfferedSegment]]] = [:]
    /// Bytes of all of them.
    private(set) var totalBytes: UInt64 = 0
    /// Data folders that they come from: folders in which their journals lie.
    private(set) var dataFolders: Set<String> = []
    /// Of each node that was met, the newest epoch.
    private(set) var newestEpochs: [UInt64: UInt64] = [:]
    /// Epochs whose process has ended, by their folder's name: nobody writes to them.
    private(set) var endedEpochs: Set<String> = []

    private let storage: any JournalStorage
    private let onRemark: (ImportRemark) -> Void
    private let isStopped: () -> Bool

    init(storage: any JournalStorage, isStopped: @escaping () -> Bool, onRemark: @escaping (ImportRemark) -> Void) {
        self.storage = storage
        self.isStopped = isStopped
        self.onRemark = onRemark
    }

    /// Looks through a folder and what is in it.
    mutating func look(in folder: String) throws(ImportError) {
        let names: [String]
        do throws(SystemError) {
            names = try storage.list(folder)
        } catch {
            throw .unreadable(error, path: folder)
        }
        look(at: names, in: folder, depth: 0)
        if isStopped() { throw .stopped }
    }

    private mutating func look(at names: [String], in folder: String, depth: Int) {
        note(folder)
        // A data folder: what lies beside the journal there is none of it.
        let isData = names.contains("journal") && (try? storage.kind(of: folder + "/journal")) == .folder
        for name in isData ? ["journal"] : names where !isStopped() {
            let path = folder + "/" + name
            do throws(SystemError) {
                switch try storage.kind(of: path) {
                case .folder where depth >= Self.depthMax: onRemark(.tooDeep(path: path))
                case .folder: look(at: try storage.list(path), in: path, depth: depth + 1)
                case .file: try look(atFile: path, named: name, in: folder)
                case .socket, .symbolicLink, .other: onRemark(.noFile(path: path))
                }
            } catch {
                // What a list has repaired of a name leads nowhere.
                let isRepaired = error.isNotFound && name.unicodeScalars.contains("\u{FFFD}")
                onRemark(isRepaired ? .nameNotUTF8(path: path) : .unreadable(path: path, error))
            }
        }
    }

    /// Notes an epoch's folder by its name.
    private mutating func note(_ folder: String) {
        guard let epochName = Self.names(folder).last, let any = Self.identity(epochName) else { return }
        newestEpochs[any.node] = max(newestEpochs[any.node] ?? 0, any.epoch)
    }

    private mutating func look(atFile path: String, named name: String, in folder: String) throws(SystemError) {
        let names = Self.names(folder)
        if JournalPath.endNames.contains(name), let epochName = names.last, Self.identity(epochName) != nil {
            endedEpochs.insert(epochName)
            return
        }
        // What an import that was killed has left, in the journal of whoever ran it.
        if name == JournalPath.importingName || name == JournalPath.rewritingName { return }
        guard let first = JournalPath.firstSequence(ofSegmentNamed: name) else {
            return onRemark(.noSegment(path: path))
        }
        let file = try storage.openFile(path, forWriting: false)
        let size = try file.sizeBytes()
        let header: SegmentHeader
        do throws(JournalError) {
            header = try SegmentHeader.read(from: file, path: path)
        } catch {
            switch error {
            case .system(let reason, _): throw reason
            case .newerFormat(_, let version): onRemark(.newerFormat(path: path, version: version))
            case .headerDamaged:
                onRemark(size < UInt64(SegmentHeader.recordsOffset) ? .begun(path: path) : .headerDamaged(path: path))
            }
            return
        }
        guard header.firstSequence == first,
            names.suffix(2) == [header.shard.epochFolderName, header.shard.shardFolderName]
        else {
            return onRemark(.misplaced(path: path, shard: header.shard, firstSequence: header.firstSequence))
        }
        let offered = OfferedSegment(path: path, header: header, sizeBytes: size)
        segments[header.shard, default: [:]][first, default: []].append(offered)
        totalBytes += size
        let journal = Files.parent(of: Files.parent(of: folder))
        if journal.hasSuffix("/journal") { dataFolders.insert(Files.parent(of: journal)) }
    }

    private static func names(_ path: String) -> [String] {
        path.split(separator: "/").map(String.init)
    }

    private static func identity(_ epochName: String) -> ShardIdentity? {
        ShardIdentity(epochFolderName: epochName, shardFolderName: "0")
    }
}
