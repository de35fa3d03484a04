import Bytes
import Journal
import LinuxSystem
import Synchronization

/// A disk in memory that fails when it is told to, and that knows what a power cut would leave.
///
/// A sync that fails drops what was not durable yet, as a kernel does: the file reads as before and loses it in a cut.
final class SimulatedDisk: JournalStorage {
    /// A call that can fail.
    enum Call: Equatable, Sendable {
        case create, write, truncate, synchronize, synchronizeFolder, makeFolders, random
    }

    /// How a call fails.
    enum Fault: Equatable, Sendable {
        /// Without any effect.
        case error(SystemError)
        /// A write that takes one byte less than half of what it was given, and says so.
        case short
        /// A write of which half lands, and which then fails.
        case torn(SystemError)
    }

    final class Node: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let durable = Mutex<[UInt8]>([])
        let writebacks = Mutex<[Range<UInt64>]>([])
    }

    private struct State {
        var files: [String: Node] = [:]
        var folders: Set<String> = []
        var durableNames: [String: Node] = [:]
        var calls = 0
        var random: UInt64 = 0x9E37_79B9_7F4A_7C15
        var plan: @Sendable (Int, Call) -> Fault? = { _, _ in nil }
    }

    private let state = Mutex(State())

    /// Makes the next calls fail as the plan says: it is asked with the number of the call, from 0, and its kind.
    func plan(_ plan: @escaping @Sendable (Int, Call) -> Fault?) {
        state.withLock {
            $0.calls = 0
            $0.plan = plan
        }
    }

    /// Nothing fails any more.
    func heal() {
        plan { _, _ in nil }
    }

    /// Calls since the plan was made.
    var calls: Int { state.withLock { $0.calls } }

    /// Takes the next number and asks the plan.
    func fault(_ call: Call) -> Fault? {
        state.withLock { state in
            let number = state.calls
            state.calls += 1
            return state.plan(number, call)
        }
    }

    /// What a power cut leaves: durable names with durable contents.
    func afterPowerCut() -> SimulatedDisk {
        let left = SimulatedDisk()
        state.withLock { state in
            for (path, node) in state.durableNames {
                let copy = Node()
                copy.bytes.withLock { $0 = node.durable.withLock { $0 } }
                left.put(copy, at: path)
            }
        }
        return left
    }

    /// The names of all files, sorted.
    var paths: [String] { state.withLock { $0.files.keys.sorted() } }

    /// The ranges of a file that were begun to be written out.
    func writebacks(of path: String) -> [Range<UInt64>] {
        state.withLock { $0.files[path] }?.writebacks.withLock { $0 } ?? []
    }

    /// A file's bytes.
    subscript(path: String) -> [UInt8] {
        get { state.withLock { $0.files[path] }?.bytes.withLock { $0 } ?? [] }
        set {
            let node = Node()
            node.bytes.withLock { $0 = newValue }
            put(node, at: path)
        }
    }

    private func put(_ node: Node, at path: String) {
        state.withLock { state in
            state.files[path] = node
            var folder = Files.parent(of: path)
            while folder != "." && folder != "/" {
                state.folders.insert(folder)
                folder = Files.parent(of: folder)
            }
        }
    }

    private func check(_ call: Call, as name: SystemCall) throws(SystemError) {
        switch fault(call) {
        case .error(let error), .torn(let error): throw error
        case .short, nil: break
        }
    }

    // MARK: JournalStorage

    func makeFolders(_ path: String) throws(SystemError) {
        try check(.makeFolders, as: .mkdir)
        state.withLock { state in
            var folder = path
            while folder != "." && folder != "/" {
                state.folders.insert(folder)
                folder = Files.parent(of: folder)
            }
        }
    }

    func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        try check(.create, as: .open)
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

    func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        guard let node = state.withLock({ $0.files[path] }) else { throw .notFound(in: .open) }
        return SimulatedFile(node: node, disk: self)
    }

    func removeFile(_ path: String) throws(SystemError) {
        state.withLock { $0.files[path] = nil }
    }

    func synchronizeFolder(_ path: String) throws(SystemError) {
        try check(.synchronizeFolder, as: .fsync)
        state.withLock { state in
            for (name, node) in state.files where Files.parent(of: name) == path { state.durableNames[name] = node }
        }
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try state.withLock { state throws(SystemError) in
            guard state.folders.contains(path) else { throw .notFound(in: .opendir) }
            let names =
                state.files.keys.filter { Files.parent(of: $0) == path }
                + state.folders.filter { Files.parent(of: $0) == path }
            return names.map { String($0.dropFirst(path.count + 1)) }.sorted()
        }
    }

    func random() throws(SystemError) -> UInt64 {
        try check(.random, as: .getrandom)
        return state.withLock { state in
            state.random = state.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state.random ^ (state.random >> 29)
        }
    }
}

private final class SimulatedFile: JournalFile {
    private let node: SimulatedDisk.Node
    private let disk: SimulatedDisk

    init(node: SimulatedDisk.Node, disk: SimulatedDisk) {
        self.node = node
        self.disk = disk
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        let given = bytes.toArray()
        func land(_ count: Int) {
            node.bytes.withLock { contents in
                let end = Int(offset) + count
                if contents.count < end { contents += [UInt8](repeating: 0, count: end - contents.count) }
                contents.replaceSubrange(Int(offset)..<end, with: given[0..<count])
            }
        }
        switch disk.fault(.write) {
        case .error(let error):
            throw error
        case .torn(let error):
            land(given.count / 2)
            throw error
        case .short:
            let count = max(0, given.count / 2 - 1)
            land(count)
            return count
        case nil:
            land(given.count)
            return given.count
        }
    }

    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int {
        let part = node.bytes.withLock { contents -> [UInt8] in
            guard offset < UInt64(contents.count) else { return [] }
            return Array(contents[Int(offset)..<min(contents.count, Int(offset) + buffer.freeCapacity)])
        }
        buffer.append(part.span)
        return part.count
    }

    func startWriteback(of range: Range<UInt64>) {
        node.writebacks.withLock { $0.append(range) }
    }

    func synchronize() throws(SystemError) {
        let fault = disk.fault(.synchronize)
        if case .error(let error) = fault { throw error }
        node.durable.withLock { $0 = node.bytes.withLock { $0 } }
    }

    func truncate(to sizeBytes: UInt64) throws(SystemError) {
        if case .error(let error) = disk.fault(.truncate) { throw error }
        node.bytes.withLock { contents in
            if contents.count > Int(sizeBytes) { contents.removeLast(contents.count - Int(sizeBytes)) }
        }
    }

    func sizeBytes() throws(SystemError) -> UInt64 {
        UInt64(node.bytes.withLock { $0.count })
    }

    func modifiedNanoseconds() throws(SystemError) -> UInt64 {
        0
    }
}
