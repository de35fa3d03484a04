import Bytes
import Journal
import Simulation

/// A segment that a writer wrote.
enum SegmentMaker {
    /// The bytes of one with twenty records.
    static func make() -> [UInt8] {
        let disk = SimulatedDisk()
        let shard = ShardIdentity(node: 1, epoch: 2, shard: 0)
        let writer = ShardWriter(shard: shard, journalFolder: "j", storage: disk)
        for number in 0..<20 {
            guard writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: 64) else { break }
            writer.appendPayload { $0.append([UInt8](repeating: UInt8(number), count: number * 3).span) }
            writer.endRecord(orderNanoseconds: UInt64(number))
        }
        writer.finish(nowNanoseconds: 1)
        return disk.paths.first.map { disk[$0] } ?? []
    }
}
