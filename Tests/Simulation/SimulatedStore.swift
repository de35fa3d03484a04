package import Campaigns
package import Engagement
import Journal

/// The store that the simulated aggregator has: the real one, behind a seam for sabotage.
package final class SimulatedStore: CampaignStore {
    private let store: SQLiteCampaignStore
    private let sabotage: Sabotage?

    init(_ file: String, _ sabotage: Sabotage?) throws(StoreError) {
        store = try SQLiteCampaignStore(writing: file)
        self.sabotage = sabotage
    }

    package func beginAggregator() { store.beginAggregator() }

    package func checkpoints() throws(StoreError) -> [ShardCheckpoint] {
        if sabotage == .checkpointsForgotten { return [] }
        var checkpoints = try store.checkpoints()
        for index in checkpoints.indices {
            if sabotage == .damageForgotten { checkpoints[index].damaged = 0 }
            if sabotage == .lossesForgotten { checkpoints[index].lost = 0 }
        }
        return checkpoints
    }

    package func watermarks() throws(StoreError) -> [UInt64: UInt64] { try store.watermarks() }

    package func crowdedEvents() throws(StoreError) -> UInt64 { try store.crowdedEvents() }

    package func peopleSeals() throws(StoreError) -> [PeopleSeal] { try store.peopleSeals() }

    package func sends() throws(StoreError) -> [SendsRecord] { try store.sends() }

    package func basis() throws(StoreError) -> String? { try store.basis() }

    package func commit(_ batch: FigureBatch) throws(StoreError) { try store.commit(batch) }

    package func answer(
        _ question: ReportQuestion, sections: SectionDirectory
    ) throws(ReportError) -> ReportAnswer {
        try store.answer(question, sections: sections)
    }

    package func admittedKeys(in scope: AdmissionScope) throws(StoreError) -> AdmittedKeys {
        try store.admittedKeys(in: scope)
    }

    package func peopleCount(in scope: AdmissionScope) throws(StoreError) -> Int {
        try store.peopleCount(in: scope)
    }

    package func knownPeople(among hashes: Set<UInt64>, in scope: AdmissionScope) throws(StoreError) -> Set<UInt64> {
        try store.knownPeople(among: hashes, in: scope)
    }
}
