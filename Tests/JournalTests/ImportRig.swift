import Bytes
import LinuxSystem
import Simulation
import TestSupport

@testable import Journal

/// Another node's journal, the folder into which somebody copies parts of it, and the journal that imports them.
final class ImportRig {
    static let shard = ShardIdentity(node: 0xAB, epoch: 0x0195_0000_0000_0002, shard: 0)
    /// The other node's journal, on its own disk.
    let peer = SimulatedDisk(seed: 1)
    /// What was copied.
    var copies = SimulatedDisk(seed: 2)
    /// The disk of the journal that imports.
    var disk = SimulatedDisk(seed: 3)
    var options = JournalImport.Options()
    var expiredBelow: UInt64 = 0
    var writtenEpoch: UInt64?
    /// Asked before each piece of work: true ends the import.
    var isStopped: () -> Bool = { false }
    var roomBytes = UInt64.max
    private(set) var remarks: [ImportRemark] = []
    private(set) var progress: [(UInt64, UInt64)] = []
    private var count = 0

    init() throws {
        try disk.makeFolders("mine/journal")
    }

    /// Appends events to a shard of the other node, three a segment.
    func write(_ events: Int, to shard: ShardIdentity = ImportRig.shard, perSegment: Int = 3) {
        let writer = ShardWriter(shard: shard, journalFolder: "peer/journal", storage: peer)
        for number in 1...events {
            writer.append(payload(count))
            count += 1
            _ = writer.commit(nowNanoseconds: second)
            if number % perSegment == 0 || number == events { _ = writer.finish(nowNanoseconds: second) }
        }
    }

    /// The segments of the other node's shard, in their order.
    func segments(of shard: ShardIdentity = ImportRig.shard) -> [String] {
        peer.paths.filter { $0.hasPrefix("peer/journal/\(shard.folder)/") }
    }

    /// Copies all of the other node's journal.
    func copyAll(to folder: String = "in") {
        for path in peer.paths { copies[folder + path.dropFirst(4)] = peer[path] }
    }

    /// Copies a segment, or the beginning of it.
    func copy(_ path: String, bytes: Int = .max, to folder: String = "in") {
        copies[folder + path.dropFirst(4)] = Array(peer[path].prefix(bytes))
    }

    /// Imports what was copied.
    @discardableResult
    func take(from folder: String = "in", source: (any JournalStorage)? = nil) throws -> ImportTally {
        remarks = []
        progress = []
        let observer = JournalImport.Observer(
            onRemark: { [self] in remarks.append($0) }, onProgress: { [self] in progress.append(($0, $1)) },
            isStopped: { [self] in isStopped() }, roomBytes: { [self] in roomBytes })
        let taking = JournalImport(
            into: "mine/journal", options: options, writes: { [writtenEpoch] in $0.epoch == writtenEpoch },
            expiredBelow: { [expiredBelow] _ in expiredBelow }, observer: observer, storage: disk,
            source: source ?? copies)
        return try taking.run(from: folder)
    }

    /// What the other node's shard holds.
    func theirs(_ shard: ShardIdentity = ImportRig.shard) throws -> ReadShard {
        try readShard(shard, in: "peer/journal", storage: peer)
    }

    /// What this journal holds of it.
    func mine(_ shard: ShardIdentity = ImportRig.shard) throws -> ReadShard {
        try readShard(shard, in: "mine/journal", storage: disk)
    }

    /// What this journal would hold of it after a power cut.
    func mineAfterPowerCut(_ shard: ShardIdentity = ImportRig.shard) throws -> ReadShard {
        try readShard(shard, in: "mine/journal", storage: disk.afterPowerCut())
    }
}
