package import Engagement

/// Where campaign figures live: an embedded SQLite file, or another engine behind the same questions.
///
/// A commit is all or nothing: figures and the checkpoints of the records that they were made from change together, so
/// that a process that dies at any moment counts each record exactly once. One thread uses a store.
package protocol CampaignStore: AnyObject {
    /// Says that another aggregator begins: what batches mean by their numbers is its own.
    func beginAggregator()

    /// How far each shard is counted.
    func checkpoints() throws(StoreError) -> [ShardCheckpoint]

    /// For each node the order time below which everything is closed.
    func watermarks() throws(StoreError) -> [UInt64: UInt64]

    /// Events in closed figures, of all time, that were judged alone because their second is crowded.
    func crowdedEvents() throws(StoreError) -> UInt64

    /// The seals of people that were begun, in their order.
    func peopleSeals() throws(StoreError) -> [PeopleSeal]

    /// What was sent, whichever node recorded it.
    func sends() throws(StoreError) -> [SendsRecord]

    /// What the stored figures depend on beside the journal; nil in a store that holds none.
    func basis() throws(StoreError) -> String?

    /// Changes the store by one batch. When it throws, nothing has changed.
    func commit(_ batch: FigureBatch) throws(StoreError)

    /// Answers from closed and provisional figures together.
    ///
    /// - Parameter sections: gives the sections' time zones and configured names.
    func answer(_ question: ReportQuestion, sections: SectionDirectory) throws(ReportError) -> ReportAnswer

    /// The keys that closed figures of a scope hold, those that take up all others left out.
    func admittedKeys(in scope: AdmissionScope) throws(StoreError) -> AdmittedKeys

    /// How many distinct people closed figures of a scope hold.
    func peopleCount(in scope: AdmissionScope) throws(StoreError) -> Int

    /// Which of these people closed figures of a scope hold.
    func knownPeople(among hashes: Set<UInt64>, in scope: AdmissionScope) throws(StoreError) -> Set<UInt64>
}

/// What limits are counted by: one node's events of one section on one day.
package struct AdmissionScope: Hashable, Sendable {
    /// The node that recorded the events.
    package var node: UInt64
    /// The section's id as bytes.
    package var section: [UInt8]
    /// The section's day, as days since 1970-01-01.
    package var dayNumber: Int32
}

/// The keys of one scope as texts; nil is no link.
package struct AdmittedKeys: Equatable, Sendable {
    /// expId, expVer, va, mech, smech and link of each key.
    package var keys: Set<[[UInt8]?]> = []
    /// expId, expVer, va and host of each key that hosts are counted by.
    package var hosts: Set<[[UInt8]?]> = []
}
