import Journal
import LinuxSystem
import TestSupport

/// Another node: it writes a journal on a disk that doesn't fail, of which copies are made.
final class SimulatedPeer {
    let disk: SimulatedDisk
    private(set) var writers: [ShardWriter] = []
    /// It writes nothing more.
    var isOver = false
    /// Records that are damaged there.
    var damaged: Set<RecordIdentity> = []
    private var epoch: UInt64 = 1 << 16

    static let node: UInt64 = 8
    static let journalFolder = "/peer/journal"

    /// A dozen records or so, so that a copy has many segments.
    private static let segmentBytes: UInt64 = 10_000

    init(seed: UInt64) {
        disk = SimulatedDisk(seed: seed)
        restart(nowNanoseconds: 0)
    }

    /// A new process: the segments of the one before are closed.
    func restart(nowNanoseconds now: UInt64) {
        finish(nowNanoseconds: now)
        epoch += 1 << 16
        writers = (0..<2).map { shard in
            ShardWriter(
                shard: ShardIdentity(node: Self.node, epoch: epoch, shard: UInt16(shard)),
                journalFolder: Self.journalFolder, limits: JournalLimits(segmentBytes: Self.segmentBytes), storage: disk
            )
        }
    }

    /// Writes what waits and leaves the segments.
    func finish(nowNanoseconds now: UInt64) {
        for writer in writers { writer.finish(nowNanoseconds: now) }
    }

    /// A copy of the journal, or of parts of it: some segments are missing, half of them there, or there twice.
    func copy(_ random: inout SeededGenerator, everything: Bool) -> SimulatedDisk {
        let copies = SimulatedDisk()
        for path in disk.paths {
            for folder in ["/in/a", "/in/b/c"] {
                let bytes = disk[path]
                let mood = everything ? 3 : Int.random(in: 0..<6, using: &random)
                guard mood > 1 else { continue }
                let length = mood == 2 ? Int.random(in: 0..<bytes.count, using: &random) : bytes.count
                copies[folder + path.dropFirst("/peer".count)] = Array(bytes.prefix(length))
            }
        }
        return copies
    }

    /// The shards of which a copy holds something, by its paths.
    static func shards(in copies: SimulatedDisk) -> Set<ShardIdentity> {
        Set(
            copies.paths.compactMap { path in
                let names = path.split(separator: "/").suffix(3).map(String.init)
                return ShardIdentity(epochFolderName: names[0], shardFolderName: names[1])
            })
    }
}
