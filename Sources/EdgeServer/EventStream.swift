import Bytes
package import Campaigns
package import Engagement
package import Journal
import LinuxSystem
package import Settings

/// The events of a whole journal, shard by shard merged into the order of their order times.
///
/// It reads what is on disk, beside a running server or without one, and needs nothing of it: what is damaged is handed
/// to whoever reads, what is still being written is the end.
package final class EventStream {
    /// One event as it stands in the journal.
    package struct Item {
        /// The record's identity.
        package let identity: RecordIdentity
        /// Its payload.
        package let payload: [UInt8]
        /// The payload, decoded.
        package let view: EventView
    }

    private struct Source {
        let reader: ShardReader
        var next: Item?
        /// When it was found at its end, in nanoseconds since 1970; 0 while it is not known to be there.
        var atEndSince: UInt64 = 0
    }

    /// How much older than the moment of its writing an event's order time may be: a turn of a worker, with room.
    private static let writingNanoseconds: UInt64 = 1_000_000_000

    private let folder: DataFolder
    private let onTrouble: (String) -> Void
    private let expired: ExpiredRecords
    private var sources: [ShardIdentity: Source] = [:]
    /// Records that were met so far and are damaged or can't be decoded.
    package private(set) var damagedRecords: UInt64 = 0
    /// Events that the gap records met so far say were lost.
    package private(set) var lostEvents: UInt64 = 0

    /// Begins before the first event that has not expired.
    ///
    /// - Parameter onTrouble: told of damage and of records that can't be decoded, a line each.
    package init(_ folder: DataFolder, onTrouble: @escaping (String) -> Void) {
        self.folder = folder
        expired = ExpiredRecords(trying: folder, onTrouble: onTrouble)
        self.onTrouble = onTrouble
    }

    /// Looks for shards that have come since; the first call finds those that there are.
    package func lookForShards() throws(EdgeError) {
        do throws(JournalError) {
            for shard in try JournalDirectory.scan(folder.journal) {
                guard !shard.identity.isAdmin, sources[shard.identity] == nil else { continue }
                sources[shard.identity] = Source(
                    reader: ShardReader(
                        shard: shard.identity, journalFolder: folder.journal, expiredBelow: expired.below), next: nil)
            }
        } catch {
            throw EdgeError(error)
        }
    }

    /// What judges the events of a data folder as the aggregator does: by these rules, by what was sent, and by
    /// the country database.
    package static func judge(
        _ configuration: Configuration, rules: RuleSet
    ) throws(EdgeError) -> EventJudge<Item> {
        let facts = try AdminRecords(DataFolder(path: configuration.data)) { _ in }
        return EventJudge(
            rules: rules, sections: try SectionDirectory(configuration), sends: facts.sends,
            countries: try CountryFile.read(configuration.geoip))
    }

    /// How many events have expired now.
    package func expiredEvents() throws(EdgeError) -> UInt64 {
        try expired.all().reduce(0) { $0 + $1.events }
    }

    /// The next event, or nil at the present end; ask again later.
    ///
    /// A shard at its end is read again only before an event that may be younger than what was written there since:
    /// looking at the folder of every shard that ended, for each event of the others, is what takes the time.
    package func next() throws(EdgeError) -> Item? {
        for shard in sources.keys where sources[shard]?.next == nil && sources[shard]?.atEndSince == 0 {
            try readNext(shard)
        }
        var first = first()
        if let found = first {
            var hasRead = false
            for (shard, source) in sources
            where source.next == nil && source.atEndSince < found.order + Self.writingNanoseconds {
                try readNext(shard)
                hasRead = true
            }
            if hasRead { first = self.first() }
        }
        guard let first else {
            for shard in sources.keys { sources[shard]?.atEndSince = 0 }
            return nil
        }
        return sources[first.shard]?.next.take()
    }

    /// The shard whose next event comes first, and that one's order time.
    private func first() -> (shard: ShardIdentity, order: UInt64)? {
        var first: (shard: ShardIdentity, order: UInt64)?
        for (shard, source) in sources {
            guard let order = source.next?.view.orderTimeNanoseconds else { continue }
            let isFirst = first.map { order < $0.order || (order == $0.order && shard < $0.shard) } ?? true
            if isFirst { first = (shard, order) }
        }
        return first
    }

    private func readNext(_ shard: ShardIdentity) throws(EdgeError) {
        let time = SystemClock.realtimeNanoseconds()
        let item = try read(shard)
        sources[shard]?.next = item
        sources[shard]?.atEndSince = item == nil ? time : 0
    }

    private func read(_ shard: ShardIdentity) throws(EdgeError) -> Item? {
        guard let reader = sources[shard]?.reader else { return nil }
        do throws(JournalError) {
            while true {
                switch try reader.next() {
                case .end: return nil
                case .damaged(let damage):
                    damagedRecords += damage.missingSequences
                    onTrouble("\(damage)")
                case .record(let record):
                    if record.kind == .gap {
                        let gap = reader.withPayload { Gap(payload: $0, version: record.version) }
                        lostEvents += gap?.lostEvents ?? 0
                    }
                    guard record.kind == .event else { continue }
                    let payload = reader.withPayload { $0.toArray() }
                    let identity = RecordIdentity(shard: shard, sequence: record.sequence)
                    do throws(EngagementError) {
                        let view = try EventView(payload.span, version: record.version)
                        return Item(identity: identity, payload: payload, view: view)
                    } catch {
                        damagedRecords += 1
                        onTrouble("\(identity): the event can't be decoded: \(error)")
                    }
                }
            }
        } catch {
            throw EdgeError(error)
        }
    }
}
