import Bytes
package import Engagement
import Journal
import LinuxSystem
package import Settings

/// Records facts that no request carries: through the server that owns the folder, or straight into the folder when
/// none runs.
package struct CampaignFacts: Sendable {
    /// How a fact was recorded.
    package enum Way: Equatable, Sendable {
        /// By the running server: reports have it, or will when its store is well again.
        case runningServer
        /// Into the journal: reports have it once a server or a rebuild has read it.
        case folder
    }

    private let configuration: Configuration

    /// Uses the data folder of a configuration.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Why facts were not recorded, or not all of them.
    package struct Failure: Error, Equatable {
        /// Facts that are recorded all the same: the list's first ones.
        package var recorded: Int
        /// What is in the way.
        package var error: EdgeError
    }

    /// Records numbers of messages sent, in their order. Nothing is looked for: what is recorded twice counts twice.
    package func add(_ records: [SendsRecord]) throws(Failure) -> Way {
        try add(.sends, version: EventFormat.sendsVersion, records.map(\.payload))
    }

    /// Records names, in their order.
    package func add(_ records: [NameRecord]) throws(Failure) -> Way {
        try add(.name, version: EventFormat.nameVersion, records.map(\.payload))
    }

    /// Records changes of consent, in their order; a running server puts them into force.
    func add(_ records: [ConsentRecord]) throws(Failure) -> Way {
        try add(.consent, version: EventFormat.consentVersion, records.map(\.payload))
    }

    /// What is recorded already. While the result of `body` is made, no other command does the same: of two that add
    /// one list at once, the second finds the first one's.
    ///
    /// - Parameters:
    ///   - onTrouble: told of damage, a line each.
    ///   - body: decides by what is recorded, and may record more.
    package func withRecorded<Result>(
        onTrouble: (String) -> Void, _ body: (RecordedFacts) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let folder = DataFolder(path: configuration.data)
        let turn = try Self.turn(folder)
        let result = try body(try Self.recorded(folder, onTrouble))
        turn.end()
        return result
    }

    private static func turn(_ folder: DataFolder) throws(Failure) -> FolderTurn {
        do throws(EdgeError) {
            try folder.requireThere()
        } catch {
            throw Failure(recorded: 0, error: error)
        }
        do throws(SystemError) {
            return try FolderTurn(in: folder.path)
        } catch {
            throw Failure(recorded: 0, error: .file(path: folder.path, error))
        }
    }

    private static func recorded(
        _ folder: DataFolder, _ onTrouble: (String) -> Void
    ) throws(Failure) -> RecordedFacts {
        do throws(EdgeError) {
            let records = try AdminRecords(folder, onTrouble: onTrouble)
            return RecordedFacts(sends: RecordedSends(records.sends), names: RecordedNames(records.names))
        } catch {
            throw Failure(recorded: 0, error: error)
        }
    }

    private func add(_ kind: RecordKind, version: UInt8, _ payloads: [[UInt8]]) throws(Failure) -> Way {
        let folder = DataFolder(path: configuration.data)
        var recorded = 0
        do throws(EdgeError) {
            try folder.requireThere()
            let client = ControlClient(folder)
            while true {
                let batch = payloads[recorded..<Self.batchEnd(payloads, from: recorded)]
                let before = recorded
                let request = ControlRequest.record(kind: kind.rawValue, payloads: Array(batch))
                let standing = try client.ask(request, timeoutMilliseconds: Self.answerMilliseconds) { count, _ in
                    recorded = before + Int(clamping: count)
                }
                guard standing != nil else { break }
                recorded = before + batch.count
                if recorded == payloads.count { return .runningServer }
            }
            // No server runs, or the one that took the first ones has ended.
            let rest = Array(payloads[recorded...])
            let outcome = try addToFolder(kind, version: version, rest, folder)
            recorded += outcome.recorded
            if let failure = outcome.failure { throw failure }
        } catch {
            throw Failure(recorded: recorded, error: error)
        }
        return .folder
    }

    private func addToFolder(
        _ kind: RecordKind, version: UInt8, _ payloads: [[UInt8]], _ folder: DataFolder
    ) throws(EdgeError) -> AdminJournal.Outcome {
        let owned = try OwnedDataFolder(folder)
        return Self.add(kind, version: version, payloads, to: folder, node: owned.node)
    }

    /// Records facts in a folder that this process owns and whose server does not run.
    static func add(
        _ kind: RecordKind, version: UInt8, _ payloads: [[UInt8]], to folder: DataFolder, node: UInt64
    ) -> AdminJournal.Outcome {
        let epoch = Epoch.make(nowMilliseconds: SystemClock.realtimeNanoseconds() / 1_000_000)
        let synchronizer = JournalSynchronizer()
        let journal = AdminJournal(
            shard: ShardIdentity(node: node, epoch: epoch, shard: ShardIdentity.adminShard),
            journalFolder: folder.journal, limits: JournalLimits(), closed: ClosedWatermark(),
            synchronizer: synchronizer)
        let outcome = journal.record(kind: kind, version: version, payloads: payloads)
        let isWritten = journal.finish(nowNanoseconds: SystemClock.realtimeNanoseconds())
        synchronizer.stop()
        guard isWritten else { return outcome }
        do throws(JournalError) {
            // The next start must not take this for a server that was killed.
            try EpochEnd.markOrderly(journal.shard, journalFolder: folder.journal)
        } catch {
            // It will, and warn of it. What was recorded is recorded: whoever is told of a failure would do it again.
        }
        return outcome
    }

    private static let answerMilliseconds: Int32 = 10_000

    /// The end of the records from `start` on that go into one request: as many as its line holds, and at least one.
    static func batchEnd(_ payloads: [[UInt8]], from start: Int) -> Int {
        var bytes = ControlRequest.record(kind: .max, payloads: []).line.count
        var end = start
        while end < payloads.count {
            // Two digits a byte, two quotes and a comma.
            bytes += 2 * payloads[end].count + 3
            if end > start, bytes > ControlRequest.lineBytesMax { break }
            end += 1
        }
        return end
    }
}
