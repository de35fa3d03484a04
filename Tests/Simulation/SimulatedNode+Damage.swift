import Bytes
import Journal
import LinuxSystem

// Bits that turn at rest.

extension SimulatedNode {
    /// Turns one bit of a segment that nobody writes to: of a record, or of its header.
    func damage() {
        if pick(4) == 0 || sabotage == .secondHeaderIgnored { damageHeader() } else { damageRecord() }
    }

    private func damageRecord() {
        var ends: [ShardIdentity: UInt64] = [:]
        for entry in ledger.entries where entry.isReadable { ends[entry.shard] = entry.sequence }
        // The last record that is here of another node's shard stays whole: where it is the only one of its segment, an
        // import takes nothing behind it (but as it is), because no file that is here is ever replaced.
        let candidates = ledger.entries.filter {
            $0.isReadable && $0.fate == .durable && !(isForeign($0) && $0.sequence == ends[$0.shard])
        }
        guard !candidates.isEmpty else { return }
        // The last record of a shard now and then: it is cut, or stands behind everything that can be read.
        let lasts = candidates.filter { $0.sequence == ends[$0.shard] }
        let isLast = pick(4) == 0 && !lasts.isEmpty
        let entry = isLast ? lasts[pick(lasts.count)] : candidates[pick(candidates.count)]
        let mood = faults.mood
        faults.mood = .none
        defer { faults.mood = mood }
        do throws(JournalError) {
            let shards = try JournalDirectory.scan(journalFolder, storage: disk)
            guard let shard = shards.first(where: { $0.identity == entry.shard }),
                let first = shard.segments.last(where: { $0 <= entry.sequence })
            else { return }
            // An import fills the hole that is left where an imported segment loses its last record: nobody can say
            // whether it was read as damage before, and a rebuild reads it.
            if isForeign(entry), shard.segments.contains(entry.sequence + 1) { return }
            let reader = try SegmentReader(path: shard.segmentPath(first), storage: disk)
            while true {
                guard case .record(let record) = try nextStep(reader) else { return }
                guard record.sequence == entry.sequence else { continue }
                let byte = Int(record.byteOffset) + pick(RecordHeader.byteCount + record.payloadBytes)
                disk.flip(shard.segmentPath(first), byte: byte, bit: pick(8))
                if sabotage == .damageSpreads {
                    disk[shard.segmentPath(first)].removeLast(
                        disk[shard.segmentPath(first)].count - Int(record.byteOffset))
                }
                ledger.update(entry.identity) { $0.fate = .damaged }
                tell("\(entry.identity) is damaged at \(shard.segmentPath(first)) + \(byte)")
                statistics.damages += 1
                statistics.lastDamages += entry.sequence == ends[entry.shard] ? 1 : 0
                return
            }
        } catch {
            find("a segment can't be read: \(error)")
        }
    }

    /// The next record, whatever damage lies before it.
    private func nextStep(_ reader: SegmentReader) throws(JournalError) -> SegmentStep {
        while true {
            let step = try reader.next()
            guard case .damaged = step else { return step }
        }
    }

    /// Turns one bit of a header's copy whose twin is good: nothing is lost with it.
    private func damageHeader() {
        let segments = disk.paths.filter { path in
            path.hasPrefix(journalFolder + "/")
                && JournalPath.firstSequence(ofSegmentNamed: String(path.split(separator: "/").last ?? "")) != nil
        }
        guard !segments.isEmpty else { return }
        let path = segments[pick(segments.count)]
        guard let copy = turnHeaderBit(of: path, on: disk) else { return }
        statistics.headerDamages += 1
        tell("copy \(copy) of the header of \(path) is damaged")
    }

    /// - Returns: which copy is damaged now; nil where both are not good.
    func turnHeaderBit(of path: String, on disk: SimulatedDisk) -> Int? {
        let bytes = disk[path]
        let second = SegmentHeader.recordsOffset / 2
        guard bytes.count >= SegmentHeader.recordsOffset,
            bytes[..<SegmentHeader.byteCount] == bytes[second..<second + SegmentHeader.byteCount], bytes[0] != 0
        else { return nil }
        let copy = pick(2)
        let byte = pick(SegmentHeader.byteCount)
        let bit = pick(8)
        for place in sabotage == .secondHeaderIgnored ? [0, 1] : [copy] {
            disk.flip(path, byte: place * second + byte, bit: bit)
        }
        return copy
    }
}
