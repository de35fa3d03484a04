import Engagement
import Journal

/// All that one commit changes in a store.
package struct FigureBatch {
    /// What the numbers in the deltas mean.
    var vocabulary: FigureVocabulary
    /// Figures that are added and stay.
    var closed = FigureDelta()
    /// Figures of open windows, which replace those of the commit before.
    var open = FigureDelta()
    /// Events in `closed` that were judged alone because their second is crowded.
    var crowdedEvents: UInt64 = 0
    /// Shards whose counts changed.
    var checkpoints: [ShardCheckpoint] = []
    /// For each node the order time below which everything is closed.
    var watermarks: [UInt64: UInt64] = [:]
    /// Numbers of messages sent; one that the store has already changes nothing.
    var sends: [AdminFact<SendsRecord>] = []
    /// Names; of two for one thing the later one holds.
    var names: [AdminFact<NameRecord>] = []
    /// Changes of the event key; of two of one node and key the later one holds.
    var keyChanges: [AdminFact<KeyChangeRecord>] = []
    /// Everything journaled before this moment is in the batch or an earlier one; nanoseconds since 1970 UTC, 0 when
    /// that is not known. A store's own never goes back: an aggregator that has read nothing takes nothing away.
    var asOfNanoseconds: UInt64 = 0
    /// What figures depend on beside the journal: rules, time zones, limits. Figures of another basis do not add up.
    var basis = ""
    /// The version of the rules in `basis`, for people to read.
    var rulesVersion = ""
}

/// A fact of the `admin` shard and the record that it stands in.
struct AdminFact<Record> {
    var identity: RecordIdentity
    var record: Record
}
