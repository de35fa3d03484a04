import Bytes
import Journal
import LinuxSystem
import Testing

let testShard = ShardIdentity(node: 0x0123_4567_89AB_CDEF, epoch: 0x0195_0000_0000_0001, shard: 3)
let second: UInt64 = 1_000_000_000

extension ShardWriter {
    /// Appends one event with these bytes as its payload; false when there was no room.
    @discardableResult
    func append(_ payload: [UInt8], at nanoseconds: UInt64? = nil) -> Bool {
        guard beginRecord(kind: .event, version: 1, maximumPayloadBytes: payload.count) else { return false }
        appendPayload { $0.append(payload.span) }
        endRecord(orderNanoseconds: nanoseconds)
        return true
    }
}

/// The payload of event number `index`: its number as text, and some bytes more, so that lengths differ.
func payload(_ index: Int) -> [UInt8] {
    Array("event \(index) ".utf8) + [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: index % 23)
}

/// What reading a shard gave.
struct ReadShard: Equatable {
    var payloads: [UInt64: [UInt8]] = [:]
    var gaps: [Gap] = []
    var damages: [SegmentDamage] = []
    var sequences: [UInt64] = []

    /// Sequences that were reported missing.
    var missing: [UInt64] {
        damages.flatMap { $0.firstSequence..<$0.firstSequence + $0.missingSequences }
    }
}

func readShard(
    _ shard: ShardIdentity = testShard, in folder: String, from position: ShardPosition = .start,
    below limit: UInt64 = .max, storage: any JournalStorage
) throws -> ReadShard {
    let reader = ShardReader(shard: shard, journalFolder: folder, from: position, storage: storage)
    return try read(reader, below: limit)
}

func read(_ reader: ShardReader, below limit: UInt64 = .max) throws -> ReadShard {
    var result = ReadShard()
    while true {
        switch try reader.next(below: limit) {
        case .record(let record):
            result.sequences.append(record.sequence)
            if record.kind == .gap {
                let gap = reader.withPayload { Gap(payload: $0, version: record.version) }
                result.gaps.append(try #require(gap))
            } else {
                result.payloads[record.sequence] = reader.withPayload { $0.toArray() }
            }
        case .damaged(let damage):
            result.damages.append(damage)
        case .end:
            return result
        }
    }
}

/// Places in the beginning of a segment: every byte of the headers, and some of the zeros between them.
let placesBeforeRecords = (0..<8_192).filter { $0 % 4_096 < 66 || $0 % 61 == 0 || $0 % 4_096 == 4_095 }

/// The payloads of events 0 up to `count`, by sequence.
func payloads(_ count: Int) -> [UInt64: [UInt8]] {
    Dictionary(uniqueKeysWithValues: (0..<count).map { (UInt64($0), payload($0)) })
}
