import Bytes
package import Journal
package import LinuxSystem
import Synchronization
package import TestSupport

/// A disk in memory that fails when it is told to, and that knows what a power cut would leave.
///
/// A file's contents are what was written; its durable contents are what the syncs that worked have covered. Between
/// the two lie the writes that a cut may take: all of them, none, or some of their sectors. A sync that fails drops
/// them, as a kernel does: the file reads as before, and no later sync brings them to the medium.
package final class SimulatedDisk: JournalStorage {
    /// A call that can fail.
    package enum Call: Equatable, Sendable {
        case create, open, read, write, truncate, rename, link, remove, removeFolder, list, synchronize,
            synchronizeFolder,
            makeFolders, random

        /// It changes nothing on the disk.
        var isReading: Bool { self == .open || self == .read || self == .list }
    }

    /// How a call fails.
    package enum Fault: Equatable, Sendable {
        /// Without any effect.
        case error(SystemError)
        /// A write that takes one byte less than half of what it was given, and says so.
        case short
        /// A write of which half lands, and which then fails.
        case torn(SystemError)
        /// A write or a sync that says that it worked, and did nothing.
        case pretended
    }

    /// A change that is not durable yet.
    enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case truncate(count: Int)

        func apply(to contents: inout [UInt8]) {
            switch self {
            case .write(let offset, let bytes):
                let end = offset + bytes.count
                if contents.count < end { contents += [UInt8](repeating: 0, count: end - contents.count) }
                contents.replaceSubrange(offset..<end, with: bytes)
            case .truncate(let count):
                if contents.count > count { contents.removeLast(contents.count - count) }
            }
        }
    }

    struct Contents: Sendable {
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        var changes: [Change] = []
        var writebacks: [Range<UInt64>] = []
        /// A sync has failed: what it was to cover is durable only by chance, whatever later syncs say.
        var isSpoiled = false

        mutating func change(_ change: Change) {
            change.apply(to: &bytes)
            changes.append(change)
        }
    }

    final class Node: Sendable {
        let contents: Mutex<Contents>

        init(_ contents: Contents = Contents()) {
            self.contents = Mutex(contents)
        }
    }

    private struct State {
        var files: [String: Node] = [:]
        var folders: Set<String> = []
        var durableNames: [String: Node] = [:]
        var calls = 0
        var random: UInt64 = 0x9E37_79B9_7F4A_7C15
        var plan: @Sendable (Int, Call) -> Fault? = { _, _ in nil }
        var readingPlan: @Sendable (Call) -> Fault? = { _ in nil }

        mutating func addFolders(above path: String) {
            var folder = Files.parent(of: path)
            while folder != "." && folder != "/" {
                folders.insert(folder)
                folder = Files.parent(of: folder)
            }
        }
    }

    private let state = Mutex(State())

    /// An empty disk. `seed` makes the random bits that segments get.
    package init(seed: UInt64 = 0x9E37_79B9_7F4A_7C15) {
        state.withLock { $0.random = seed }
    }

    /// Makes the next calls fail as the plan says: it is asked with the number of the call, from 0, and its kind.
    package func plan(_ plan: @escaping @Sendable (Int, Call) -> Fault?) {
        state.withLock {
            $0.calls = 0
            $0.plan = plan
        }
    }

    /// Makes calls fail that change nothing: they have no number.
    package func planReading(_ plan: @escaping @Sendable (Call) -> Fault?) {
        state.withLock { $0.readingPlan = plan }
    }

    /// Nothing fails any more.
    package func heal() {
        plan { _, _ in nil }
        planReading { _ in nil }
    }

    /// Calls since the plan was made.
    package var calls: Int { state.withLock { $0.calls } }

    /// Takes the next number and asks the plan; for a call that changes nothing, the plan of these.
    func fault(_ call: Call) -> Fault? {
        if call.isReading { return state.withLock({ $0.readingPlan })(call) }
        let (number, plan) = state.withLock { state in
            defer { state.calls += 1 }
            return (state.calls, state.plan)
        }
        // Outside of the lock: a plan may let others work on the disk meanwhile.
        return plan(number, call)
    }

    // MARK: What is left of it

    /// What a power cut leaves at the least: durable names with durable contents.
    package func afterPowerCut() -> SimulatedDisk {
        let left = SimulatedDisk()
        for (path, node) in state.withLock({ $0.durableNames }) {
            let durable = node.contents.withLock { $0.durable }
            left[path] = durable
        }
        return left
    }

    /// What a power cut leaves that takes some of what was not durable: names, writes, sectors of writes, in any order.
    package func afterPowerCut(_ random: inout SeededGenerator) -> SimulatedDisk {
        let left = SimulatedDisk(seed: random.next())
        let (files, durableNames) = state.withLock { ($0.files, $0.durableNames) }
        for (path, node) in durableNames.sorted(by: { $0.key < $1.key }) {
            // What was removed may be there again, one name and not another.
            guard files[path] != nil || Bool.random(using: &random) else { continue }
            left[path] = node.contents.withLock { Self.torn($0, &random) }
        }
        for (path, node) in files.sorted(by: { $0.key < $1.key })
        where durableNames[path] == nil && Bool.random(using: &random) {
            left[path] = node.contents.withLock { Self.torn($0, &random) }
        }
        return left
    }

    private static func torn(_ contents: Contents, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = contents.durable
        let mood = Int.random(in: 0..<4, using: &random)
        for change in contents.changes {
            // Everything, nothing, the beginning, or any sector by itself.
            if mood == 1 || (mood == 2 && Int.random(in: 0..<8, using: &random) == 0) { break }
            guard mood == 3, case .write(let offset, let written) = change else {
                change.apply(to: &bytes)
                continue
            }
            var start = 0
            while start < written.count {
                let end = min(written.count, ((offset + start) / sectorBytes + 1) * sectorBytes - offset)
                if Bool.random(using: &random) {
                    Change.write(offset: offset + start, bytes: Array(written[start..<end])).apply(to: &bytes)
                }
                start = end
            }
        }
        return bytes
    }

    /// What a disk writes as one.
    private static let sectorBytes = 512

    /// The same files with the same contents, all of them durable: what a copy of the folder holds.
    package func copy(seed: UInt64) -> SimulatedDisk {
        let other = SimulatedDisk(seed: seed)
        for path in paths { other[path] = self[path] }
        return other
    }

    // MARK: Looking at it, and changing it behind everyone's back

    /// The names of all files, sorted.
    package var paths: [String] { state.withLock { $0.files.keys.sorted() } }

    /// The ranges of a file that were begun to be written out.
    package func writebacks(of path: String) -> [Range<UInt64>] {
        state.withLock { $0.files[path] }?.contents.withLock { $0.writebacks } ?? []
    }

    /// True for a file of which a sync has failed.
    package func isSpoiled(_ path: String) -> Bool {
        state.withLock { $0.files[path] }?.contents.withLock { $0.isSpoiled } ?? false
    }

    /// A file's bytes; what is set is durable.
    package subscript(path: String) -> [UInt8] {
        get { state.withLock { $0.files[path] }?.contents.withLock { $0.bytes } ?? [] }
        set {
            let node = Node(Contents(bytes: newValue, durable: newValue))
            state.withLock { state in
                state.files[path] = node
                state.durableNames[path] = node
                state.addFolders(above: path)
            }
        }
    }

    /// Turns one bit, in the contents and on the medium.
    package func flip(_ path: String, byte: Int, bit: Int) {
        state.withLock { $0.files[path] }?.contents.withLock { contents in
            if byte < contents.bytes.count { contents.bytes[byte] ^= 1 << UInt8(bit) }
            if byte < contents.durable.count { contents.durable[byte] ^= 1 << UInt8(bit) }
        }
    }

    private func check(_ call: Call) throws(SystemError) {
        switch fault(call) {
        case .error(let error), .torn(let error): throw error
        case .short, .pretended, nil: break
        }
    }

    // MARK: JournalStorage

    package func makeFolders(_ path: String) throws(SystemError) {
        try check(.makeFolders)
        state.withLock { $0.addFolders(above: path + "/x") }
    }

    package func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        try check(.create)
        let node = Node()
        let error: SystemError? = state.withLock { state in
            guard state.folders.contains(Files.parent(of: path)) else { return .notFound(in: .open) }
            if !replacing, state.files[path] != nil { return SystemError(call: .open, errno: 17) }
            state.files[path] = node
            return nil
        }
        if let error { throw error }
        return SimulatedFile(node: node, disk: self)
    }

    func node(at path: String) -> Node? { state.withLock { $0.files[path] } }

    package func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        try check(.open)
        guard let node = state.withLock({ $0.files[path] }) else { throw .notFound(in: .open) }
        return SimulatedFile(node: node, disk: self)
    }

    package func rename(_ path: String, to newPath: String) throws(SystemError) {
        try check(.rename)
        try state.withLock { state throws(SystemError) in
            guard let node = state.files[path], state.folders.contains(Files.parent(of: newPath)) else {
                throw .notFound(in: .rename)
            }
            state.files[path] = nil
            state.files[newPath] = node
        }
    }

    package func kind(of path: String) throws(SystemError) -> FileStatus.Kind {
        try check(.open)
        return try state.withLock { state throws(SystemError) in
            if state.files[path] != nil { return .file }
            guard state.folders.contains(path) else { throw .notFound(in: .stat) }
            return .folder
        }
    }

    package func linkFile(_ path: String, to newPath: String) throws(SystemError) {
        try check(.link)
        let error: SystemError? = state.withLock { state in
            guard let node = state.files[path] else { return .notFound(in: .link) }
            if state.files[newPath] != nil { return SystemError(call: .link, errno: 17) }
            state.files[newPath] = node
            return nil
        }
        if let error { throw error }
    }

    package func removeFile(_ path: String) throws(SystemError) {
        try check(.remove)
        state.withLock { $0.files[path] = nil }
    }

    package func removeFolder(_ path: String) throws(SystemError) {
        try check(.removeFolder)
        let error: SystemError? = state.withLock { state in
            guard state.folders.contains(path) else { return .notFound(in: .rmdir) }
            let isEmpty =
                !(state.folders.contains { Files.parent(of: $0) == path }
                || state.files.keys.contains { Files.parent(of: $0) == path })
            if isEmpty { state.folders.remove(path) }
            return isEmpty ? nil : SystemError(call: .rmdir, errno: 39)
        }
        if let error { throw error }
    }

    package func synchronizeFolder(_ path: String) throws(SystemError) {
        try check(.synchronizeFolder)
        state.withLock { state in
            for name in state.durableNames.keys where Files.parent(of: name) == path && state.files[name] == nil {
                state.durableNames[name] = nil
            }
            for (name, node) in state.files where Files.parent(of: name) == path { state.durableNames[name] = node }
        }
    }

    package func list(_ path: String) throws(SystemError) -> [String] {
        try check(.list)
        return try state.withLock { state throws(SystemError) in
            guard state.folders.contains(path) else { throw .notFound(in: .opendir) }
            let names =
                state.files.keys.filter { Files.parent(of: $0) == path }
                + state.folders.filter { Files.parent(of: $0) == path }
            return names.map { String($0.dropFirst(path.count + 1)) }.sorted()
        }
    }

    package func random() throws(SystemError) -> UInt64 {
        try check(.random)
        return state.withLock { state in
            state.random = state.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state.random ^ (state.random >> 29)
        }
    }
}
