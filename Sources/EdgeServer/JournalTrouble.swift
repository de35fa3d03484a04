package import Bytes
package import Journal
package import LinuxSystem

/// A part of the journal that is not whole: where it lies, and what is lost with it.
package enum JournalTrouble: Equatable, Sendable {
    /// Records that can't be read.
    case damage(SegmentDamage)
    /// A record that is whole and can't be decoded.
    case undecodable(RecordIdentity, path: String, byteOffset: UInt64, reason: String)
    /// A segment that the system does not let be read on; how many records of it are lost.
    case unreadable(path: String, SystemError, records: UInt64)
    /// A shard that is not there any more; how many events of it the store has counted.
    case missing(ShardIdentity, events: UInt64)
}

extension JournalTrouble: CustomStringConvertible {
    package var description: String {
        switch self {
        case .damage(let damage): "\(damage)"
        case .undecodable(let record, let path, let byteOffset, let reason):
            "\(path): damaged at byte \(byteOffset): record \(record) can't be decoded: \(reason)"
        case .unreadable(let path, let error, let records):
            "\(path): \(error.reason): \(records) record\(records == 1 ? "" : "s") can't be read"
        case .missing(let shard, let events):
            "\(shard): the shard is missing, and the store counted \(events) events of it"
        }
    }
}

extension JournalTrouble {
    /// Appends it as a JSON object: `path`, `byteOffset`, `byteCount`, `firstSequence`, `records`, `reason`. What is
    /// not known is null. Of a missing shard `records` are the events that were counted, and `path` is its name.
    package func write(to writer: inout JSONWriter) {
        let members: (path: String, offset: UInt64?, bytes: UInt64?, first: UInt64?, records: UInt64, reason: String) =
            switch self {
            case .damage(let damage):
                (
                    damage.path, damage.byteOffset, damage.byteCount, damage.firstSequence, damage.missingSequences,
                    damage.reason.rawValue
                )
            case .undecodable(let record, let path, let byteOffset, let reason):
                (path, byteOffset, nil, record.sequence, 1, reason)
            case .unreadable(let path, let error, let records): (path, nil, nil, nil, records, error.reason)
            case .missing(let shard, let events): ("\(shard)", nil, nil, nil, events, "missing shard")
            }
        writer.beginObject()
        writer.key("path")
        writer.string(members.path)
        for (key, value) in [
            ("byteOffset", members.offset), ("byteCount", members.bytes), ("firstSequence", members.first),
            ("records", members.records),
        ] {
            writer.key(key)
            writer.number(orNull: value)
        }
        writer.key("reason")
        writer.string(members.reason)
        writer.endObject()
    }
}

extension JournalCheck.Shard {
    /// Appends it as a JSON object; what is not known without a store is null.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("shard")
        writer.string("\(shard)")
        for (key, value) in [
            ("segments", UInt64(segments)), ("records", records), ("events", events), ("lost", lost),
            ("damaged", damaged), ("counted", counted), ("pending", pending), ("missing", counted.map { _ in missing }),
            ("expired", expired),
        ] {
            writer.key(key)
            writer.number(orNull: value)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func number(orNull value: UInt64?) {
        if let value { number(value) } else { null() }
    }
}
