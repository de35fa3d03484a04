import Bytes
import Journal
import LinuxSystem
import Synchronization

/// An open file of a simulated disk.
final class SimulatedFile: JournalFile {
    let node: SimulatedDisk.Node
    private let disk: SimulatedDisk

    init(node: SimulatedDisk.Node, disk: SimulatedDisk) {
        self.node = node
        self.disk = disk
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        let given = bytes.toArray()
        func land(_ count: Int) {
            node.contents.withLock { $0.change(.write(offset: Int(offset), bytes: Array(given[..<count]))) }
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
        case .pretended:
            return given.count
        case nil:
            land(given.count)
            return given.count
        }
    }

    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int {
        if case .error(let error) = disk.fault(.read) { throw error }
        let room = buffer.freeCapacity
        let part = node.contents.withLock { contents -> [UInt8] in
            guard offset < UInt64(contents.bytes.count) else { return [] }
            return Array(contents.bytes[Int(offset)..<min(contents.bytes.count, Int(offset) + room)])
        }
        buffer.append(part.span)
        return part.count
    }

    func expectOneReading() {
    }

    func startWriteback(of range: Range<UInt64>) {
        node.contents.withLock { $0.writebacks.append(range) }
    }

    func synchronize() throws(SystemError) {
        // What is written while the sync is on its way need not be covered by it.
        let covered = node.contents.withLock { $0.changes.count }
        let fault = disk.fault(.synchronize)
        if fault == .pretended { return }
        var failure: SystemError?
        if case .error(let error) = fault { failure = error }
        node.contents.withLock { contents in
            if failure != nil { contents.isSpoiled = true }
            if failure == nil {
                for change in contents.changes.prefix(covered) { change.apply(to: &contents.durable) }
            }
            contents.changes.removeFirst(min(covered, contents.changes.count))
        }
        if let failure { throw failure }
    }

    func truncate(to sizeBytes: UInt64) throws(SystemError) {
        if case .error(let error) = disk.fault(.truncate) { throw error }
        node.contents.withLock { $0.change(.truncate(count: Int(sizeBytes))) }
    }

    func stands(at path: String) throws(SystemError) -> Bool { disk.node(at: path) === node }

    func sizeBytes() throws(SystemError) -> UInt64 {
        UInt64(node.contents.withLock { $0.bytes.count })
    }

    func modifiedNanoseconds() throws(SystemError) -> UInt64 {
        0
    }
}
