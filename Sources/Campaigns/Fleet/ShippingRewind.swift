package import Engagement
package import Journal
import LinuxSystem

extension ShippingCheckpoint {
    /// This checkpoint moved back, so that every event is shipped again that does not come before a moment.
    ///
    /// All shards go back together, and windows look as far back as they do: rows that are sent again say what they
    /// said.
    ///
    /// - Parameters:
    ///   - nanoseconds: an order time.
    ///   - rules: those that judge.
    package func rewound(
        to nanoseconds: UInt64, rules: RuleSet, journalFolder: String,
        storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) -> ShippingCheckpoint {
        var rewound = self
        let reach = rules.readAheadNanoseconds + CrowdedSeconds.nanoseconds
        // Whole seconds, as windows have them.
        let moment = nanoseconds - nanoseconds % CrowdedSeconds.nanoseconds
        let needed = moment > reach ? moment - reach : 0
        for shard in try JournalDirectory.scan(journalFolder, storage: storage) {
            guard let before = shards[shard.identity], let first = shard.segments.first else { continue }
            var place = Place(nextSequence: before.nextSequence, neededFrom: before.neededFrom)
            for start in shard.segments.reversed() {
                guard start < before.nextSequence || start == first else { continue }
                let reader = ShardReader(
                    shard: shard.identity, journalFolder: journalFolder, from: ShardPosition(nextSequence: start),
                    storage: storage)
                let found = try Self.first(reader, needed, moment, below: before.nextSequence)
                place.nextSequence = min(place.nextSequence, found.moment ?? before.nextSequence)
                place.neededFrom = min(place.neededFrom, found.needed ?? place.nextSequence)
                if found.beginsBefore { break }
            }
            rewound.shards[shard.identity] = place
            rewound.dayRows[shard.identity] = nil
        }
        rewound.watermarks = rewound.watermarks.mapValues { min($0, moment) }
        return rewound
    }

    /// What reading a shard from a segment on finds.
    private struct Found {
        /// The first event that is not before the time that is needed.
        var needed: UInt64?
        /// The first event that is not before the moment.
        var moment: UInt64?
        /// There are events before both: no earlier segment has anything to be looked at.
        var beginsBefore = false
    }

    private static func first(
        _ reader: ShardReader, _ needed: UInt64, _ moment: UInt64, below limit: UInt64
    ) throws(JournalError) -> Found {
        var found = Found()
        while found.moment == nil {
            switch try reader.next(below: limit) {
            case .end: return found
            case .damaged: continue
            case .record(let record):
                guard record.kind == .event,
                    let order = reader.withPayload({
                        (try? EventView($0, version: record.version))?.orderTimeNanoseconds
                    })
                else { continue }
                if order < needed { found.beginsBefore = true }
                if order >= needed, found.needed == nil { found.needed = record.sequence }
                if order >= moment { found.moment = record.sequence }
            }
        }
        return found
    }
}
