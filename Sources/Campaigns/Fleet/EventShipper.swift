import Bytes
package import ClickHouse
package import Engagement
package import Journal
import LinuxSystem

/// What the embedded store has counted, for whoever ships it.
package struct ShippedFigures: Sendable {
    /// How far they are counted.
    package var counted: CountedJournal
    /// What judged and named what was counted last.
    package var rules: RuleSet
    /// The sections.
    package var sections: SectionDirectory
    /// What tells countries; nil where nobody can be asked.
    package var countries: (any CountryLookup)?
    /// The limits.
    package var limits: FigureLimits

    /// Puts them together.
    package init(
        counted: CountedJournal, rules: RuleSet, sections: SectionDirectory, countries: (any CountryLookup)?,
        limits: FigureLimits
    ) {
        self.counted = counted
        self.rules = rules
        self.sections = sections
        self.countries = countries
        self.limits = limits
    }

    /// What is readable to judge what is counted.
    fileprivate var bounds: SealingBounds {
        SealingBounds(
            nextSequences: counted.shards.mapValues(\.readSequence), watermarks: counted.watermarks,
            silent: counted.silent, trustsCreation: false)
    }
}

/// Follows the journal behind the embedded store and makes rows of what that has counted.
///
/// It reads the journal as the aggregator does, held back to where the store's windows are closed, so that what it
/// closes is what the store closed, judged by the same code from the same events. Where the store folded a key into
/// `(other)` the row says so too (`FleetAdmission`).
///
/// A step ends with a checkpoint behind the rows that were acknowledged. One that fails leaves the checkpoint as it was
/// and this object of no more use: make another, which begins at the checkpoint. Rows that are sent again change
/// nothing.
package final class EventShipper {
    /// What a step came to.
    package struct Step: Equatable, Sendable {
        /// Rows that were acknowledged.
        package var rows = 0
        /// There is more to be shipped at once.
        package var hasMore = false
    }

    /// How far it is.
    package private(set) var checkpoint: ShippingCheckpoint
    private var journal: JournalFollower
    private var admission: FleetAdmission
    private var rows: FleetEventRows

    /// Bytes of rows that one insert takes at most: some 150,000 of them.
    private static let insertBytesMax = 32 << 20
    /// Rows between which a worker on the same processor may go first; a power of two.
    private static let rowsPerPiece = 256
    /// Records that one step reads at most.
    private static let recordsPerStepMax = 100_000

    /// Begins at a checkpoint.
    ///
    /// - Parameters:
    ///   - expired: below which sequences nothing can be read any more.
    ///   - store: the embedded store, opened for reading.
    ///   - onTrouble: told of damage, a line each.
    package init(
        _ checkpoint: ShippingCheckpoint, _ figures: ShippedFigures, expired: [ShardIdentity: UInt64],
        store: any CampaignStore, journalFolder: String, storage: any JournalStorage = LinuxStorage(),
        onTrouble: @escaping (String) -> Void
    ) throws(FleetError) {
        self.checkpoint = checkpoint
        var limits = figures.limits
        limits.recordsPerCommitMax = min(limits.recordsPerCommitMax, Self.recordsPerStepMax)
        admission = FleetAdmission(limits: limits)
        rows = FleetEventRows(capacityBytes: Self.insertBytesMax, generation: checkpoint.generation)
        var places = checkpoint.shards
        for (shard, end) in expired {
            let place = places[shard] ?? ShippingCheckpoint.Place(nextSequence: end)
            places[shard] = ShippingCheckpoint.Place(
                nextSequence: max(place.nextSequence, end), neededFrom: max(place.neededFrom, end))
        }
        let checkpoints = places.map { shard, place in
            ShardCheckpoint(
                shard: shard, position: ShardPosition(nextSequence: place.nextSequence),
                contextPosition: ShardPosition(nextSequence: place.neededFrom))
        }
        journal = JournalFollower(
            journalFolder: journalFolder, live: LiveShards(), checkpoints: checkpoints,
            bounds: figures.bounds,
            folding: EventFolding(rules: figures.rules, sections: figures.sections, countries: figures.countries),
            windows: NodeWindows(rules: figures.rules, limits: limits, nowNanoseconds: SystemClock.realtimeNanoseconds),
            limits: limits, storage: storage, onTrouble: onTrouble)
        do throws(StoreError) {
            for sends in try store.sends() { journal.windows.add(sends) }
        } catch {
            throw .store(error)
        }
    }

    /// Ships some of what is counted by now.
    ///
    /// - Parameters:
    ///   - figures: those of the beginning, or as they stand later.
    ///   - store: the embedded store, which has counted that far; opened for reading.
    ///   - insert: has rows inserted; when it comes back they are there.
    ///   - save: keeps the checkpoint durably.
    package func step(
        _ figures: ShippedFigures, store: any CampaignStore,
        insert: (borrowing RowBinaryWriter) throws(FleetError) -> Void,
        save: (ShippingCheckpoint) throws(FleetError) -> Void
    ) throws(FleetError) -> Step {
        journal.reach(figures.bounds)
        admission.beginCycle()
        var step = Step()
        do throws(JournalError) {
            step.hasMore = try journal.read()
        } catch {
            throw .journal("\(error)")
        }
        var next = checkpoint
        journal.closeWindows(&next.watermarks)
        for place in journal.shards.indices { step.rows += try ship(place, &next, store, insert) }
        try flush(insert)
        for done in journal.checkpointsToCommit {
            next.shards[done.shard] = ShippingCheckpoint.Place(
                nextSequence: done.position.nextSequence, neededFrom: done.contextPosition.nextSequence)
        }
        // What has gone from the journal is in the rows, and will never be read again.
        next.shards = next.shards.filter { figures.counted.shards[$0.key] != nil }
        next.dayRows = next.dayRows.filter { figures.counted.shards[$0.key] != nil }
        next.forgetOldDays()
        // Windows close all the time; that alone is not worth a write to the disk.
        if next.shards != checkpoint.shards || next.dayRows != checkpoint.dayRows { try save(next) }
        checkpoint = next
        journal.dropClosed(keepsRoom: step.hasMore)
        journal.didCommit()
        if journal.renewVocabularyIfLarge() { admission.forget() }
        return step
    }

    private func ship(
        _ place: Int, _ next: inout ShippingCheckpoint, _ store: any CampaignStore,
        _ insert: (borrowing RowBinaryWriter) throws(FleetError) -> Void
    ) throws(FleetError) -> Int {
        let follower = journal.shards[place]
        let shard = follower.shard
        var count = 0
        do throws(StoreError) {
            try journal.withVocabulary { (vocabulary) throws(StoreError) in
                try admission.learnPeople(follower.closedEvents, vocabulary, store)
            }
        } catch {
            throw .store(error)
        }
        try follower.forEachClosedEvent { (event, sequence) throws(FleetError) in
            var event = event
            if !rows.hasRoom { try flush(insert) }
            do throws(StoreError) {
                try journal.withVocabulary { (vocabulary) throws(StoreError) in
                    let person = try admission.admit(&event, &vocabulary, store)
                    let identity = RecordIdentity(shard: shard, sequence: sequence)
                    rows.append(event, identity, person: person, vocabulary)
                }
            } catch {
                throw .store(error)
            }
            next.count(shard, day: FleetEventRows.day(event.timeNanoseconds))
            count += 1
            // A worker on the same processor goes first.
            if count & (Self.rowsPerPiece - 1) == 0 { SystemThread.giveWay() }
        }
        return count
    }

    private func flush(_ insert: (borrowing RowBinaryWriter) throws(FleetError) -> Void) throws(FleetError) {
        guard rows.writer.rowCount > 0 else { return }
        try insert(rows.writer)
        rows.removeAll()
    }
}
