import Engagement
import Journal
import Settings

/// Told of a forgetting that was carried out, whoever began it.
typealias ForgettingHook = @Sendable (ForgettingPlan) throws(EdgeError) -> Void

/// Records for the other nodes of a fleet that a person was forgotten: behind the work, and once for one order, also
/// where the order is finished by a later process.
struct ForgettingTelling {
    private let folder: DataFolder

    init(_ folder: DataFolder) {
        self.folder = folder
    }

    /// What is recorded of an order; nil where there is no fleet: then nothing of the person stays here for it.
    static func record(
        _ request: EdgeCommands.ForgettingRequest, _ receipt: ForgettingReceipt, _ configuration: Configuration
    ) -> ForgettingRecord? {
        guard !configuration.clickhouse.endpoints.isEmpty else { return nil }
        return ForgettingRecord(
            recordedNanoseconds: receipt.timeNanoseconds, section: request.section, person: request.person,
            keepsConsent: request.keepsConsent)
    }

    /// Records it, where the journal has no such record yet.
    ///
    /// - Parameter record: puts it into the journal, durably.
    func tell(
        _ plan: ForgettingPlan, by record: (ForgettingRecord) throws(EdgeError) -> AdminJournal.Outcome
    ) throws(EdgeError) {
        guard let told = plan.told, try !isTold(told) else { return }
        if let failure = try record(told).failure { throw failure }
    }

    private func isTold(_ told: ForgettingRecord) throws(EdgeError) -> Bool {
        var isTold = false
        // What can't be read is said by whoever counts it.
        _ = try AdminRecords.forEach(in: folder, onTrouble: { _ in }) {
            record, payload, _ throws(EngagementError) in
            guard record.kind == .forgetting else { return }
            if try ForgettingRecord(payload, version: record.version) == told { isTold = true }
        }
        return isTold
    }
}
