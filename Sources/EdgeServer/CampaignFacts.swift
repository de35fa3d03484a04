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

    /// Records numbers of messages sent.
    package func add(_ record: SendsRecord) throws(EdgeError) -> Way {
        var payload = ByteBuffer(capacity: SendsRecord.bytesMax)
        record.append(to: &payload)
        return try add(.sends, version: EventFormat.sendsVersion, payload.toArray())
    }

    /// Records a name.
    package func add(_ record: NameRecord) throws(EdgeError) -> Way {
        var payload = ByteBuffer(capacity: NameRecord.bytesMax)
        record.append(to: &payload)
        return try add(.name, version: EventFormat.nameVersion, payload.toArray())
    }

    private func add(_ kind: RecordKind, version: UInt8, _ payload: [UInt8]) throws(EdgeError) -> Way {
        let folder = DataFolder(path: configuration.data)
        try folder.requireThere()
        let request = ControlRequest.record(kind: kind.rawValue, payload: payload)
        if try ControlClient(folder).ask(request, timeoutMilliseconds: 10_000) != nil { return .runningServer }
        let owned = try OwnedDataFolder(folder)
        let epoch = Epoch.make(nowMilliseconds: SystemClock.realtimeNanoseconds() / 1_000_000)
        let synchronizer = JournalSynchronizer()
        let journal = AdminJournal(
            shard: ShardIdentity(node: owned.node, epoch: epoch, shard: ShardIdentity.adminShard),
            journalFolder: folder.journal, limits: JournalLimits(), closed: ClosedWatermark(),
            synchronizer: synchronizer)
        try journal.record(kind: kind, version: version, payload: payload.span)
        journal.finish(nowNanoseconds: SystemClock.realtimeNanoseconds())
        synchronizer.stop()
        return .folder
    }
}
