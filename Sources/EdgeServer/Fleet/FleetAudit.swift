import Bytes
import Campaigns
import Engagement
package import Journal
import LinuxSystem
package import Settings

/// Compares what the fleet's database has of a node with the node's journal, and has shipped again what is missing.
///
/// An insert that was acknowledged may still be lost with a power cut of the server: nothing else finds out when that
/// was long ago.
package struct FleetAudit {
    /// How one shard stands.
    package struct Shard: Equatable, Sendable {
        /// The shard.
        package var shard: ShardIdentity
        /// Events in the journal that were shipped.
        package var journaled: UInt64 = 0
        /// Those of them that the database does not have.
        package var missing: UInt64 = 0
        /// The sequence of the first that is missing.
        package var firstMissing: UInt64?
    }

    /// What an audit came to.
    package struct Outcome: Equatable, Sendable {
        /// The shards that were shipped.
        package var shards: [Shard] = []
        /// From which order time on everything is shipped again, nanoseconds since 1970 UTC; nil where nothing is
        /// missing.
        package var againFromNanoseconds: UInt64?

        /// Events that are missing.
        package var missing: UInt64 { shards.reduce(0) { $0 + $1.missing } }
    }

    private let configuration: Configuration
    private let folder: DataFolder
    private let database: FleetDatabase

    /// Sequences that the server counts together.
    private static let stretch: UInt64 = 1_000_000

    /// Uses the data folder and the database of a configuration.
    ///
    /// - Throws: `EdgeError.configuration` where no endpoint is given.
    package init(_ configuration: Configuration) throws(EdgeError) {
        guard let database = try FleetDatabase(configuration) else { throw FleetDatabase.notConfigured }
        self.configuration = configuration
        self.database = database
        folder = DataFolder(path: configuration.data)
    }

    /// Compares. What is missing is shipped again by the running server, or by the next one.
    ///
    /// - Parameter progress: told so many records of so many.
    package func run(progress: (UInt64, UInt64) -> Void) throws(EdgeError) -> Outcome {
        try folder.requireThere()
        let checkpoint = try readCheckpoint()
        let writer = FleetWriter(database.account, engine: database.engine)
        var outcome = Outcome()
        do throws(FleetError) {
            try writer.check()
            let firstMonth = try database.retentionMonths.map { (months) throws(FleetError) in
                try writer.firstMonth(keeping: months)
            }
            let counts = try writer.eventCounts(
                byStretchesOf: Self.stretch, ofNodes: Set(checkpoint.shards.keys.map(\.node)))
            let total = checkpoint.shards.values.reduce(0) { $0 + $1.nextSequence }
            var done: UInt64 = 0
            for (shard, place) in checkpoint.shards.sorted(by: { $0.key < $1.key }) where !shard.isAdmin {
                let looked = try look(
                    at: shard, below: place.nextSequence, from: firstMonth ?? 0, counts[shard] ?? [:], writer, &outcome)
                done += looked
                progress(min(done, total), total)
            }
        } catch {
            throw .fleet(error)
        }
        if let from = outcome.againFromNanoseconds { try shipAgain(from: from) }
        return outcome
    }

    private func readCheckpoint() throws(EdgeError) -> ShippingCheckpoint {
        do throws(UnreadableCheckpoint) {
            if let checkpoint = try ShippingCheckpoint.readIfThere(folder.shipping) { return checkpoint }
        } catch {
            throw .shippingCheckpoint(path: folder.shipping, reason: error.reason)
        }
        throw .shippingCheckpoint(path: folder.shipping, reason: "there is none: nothing was shipped yet")
    }

    /// Events of a shard that the server counts together.
    private struct Stretch {
        var number: UInt64
        var sequences: [UInt64] = []
        var orders: [UInt64] = []
    }

    /// Looks at one shard.
    ///
    /// - Parameter month: the first whose events stay there, as year and month in six digits.
    /// - Returns: how many records were read.
    private func look(
        at shard: ShardIdentity, below limit: UInt64, from month: Int, _ counts: [UInt64: UInt64],
        _ writer: FleetWriter,
        _ outcome: inout Outcome
    ) throws(FleetError) -> UInt64 {
        var result = Shard(shard: shard)
        var read: UInt64 = 0
        var stretch = Stretch(number: 0)
        let reader = ShardReader(shard: shard, journalFolder: folder.journal)
        while true {
            let step = try Self.next(reader, below: limit)
            guard step != .end else { break }
            guard case .record(let record) = step else { continue }
            read += 1
            let event = reader.withPayload { payload in
                record.kind == .event ? try? EventView(payload, version: record.version) : nil
            }
            guard let event, Self.month(of: event) >= month else { continue }
            let number = record.sequence / Self.stretch
            if number != stretch.number {
                try Self.compare(stretch, of: shard, counts[stretch.number] ?? 0, writer, &result, &outcome)
                stretch = Stretch(number: number)
            }
            stretch.sequences.append(record.sequence)
            stretch.orders.append(event.orderTimeNanoseconds)
        }
        try Self.compare(stretch, of: shard, counts[stretch.number] ?? 0, writer, &result, &outcome)
        outcome.shards.append(result)
        return read
    }

    /// The month in UTC that an event is kept by.
    private static func month(of event: EventView) -> Int {
        let day = CivilDate(dayNumber: Int(event.timeNanoseconds / 86_400_000_000_000))
        return day.year * 100 + day.month
    }

    private static func next(_ reader: ShardReader, below limit: UInt64) throws(FleetError) -> ShardStep {
        do throws(JournalError) {
            return try reader.next(below: limit)
        } catch {
            throw .journal("\(error)")
        }
    }

    /// The server may have more of a stretch than the journal: what has expired here, and what was shipped meanwhile.
    /// So only a count that is the same in a stretch that has all its records says that nothing is missing.
    private static func compare(
        _ stretch: Stretch, of shard: ShardIdentity, _ count: UInt64, _ writer: FleetWriter, _ result: inout Shard,
        _ outcome: inout Outcome
    ) throws(FleetError) {
        guard let first = stretch.sequences.first, let last = stretch.sequences.last else { return }
        result.journaled += UInt64(stretch.sequences.count)
        let isWhole = stretch.sequences.count == Int(Self.stretch)
        if isWhole, count == Self.stretch { return }
        let there = try writer.sequences(of: shard, in: first..<(last + 1))
        for (sequence, order) in zip(stretch.sequences, stretch.orders) where !there.contains(sequence) {
            result.missing += 1
            result.firstMissing = result.firstMissing ?? sequence
            outcome.againFromNanoseconds = min(outcome.againFromNanoseconds ?? .max, order)
        }
    }

    /// Has the running server ship again, or leaves word for the next one.
    private func shipAgain(from nanoseconds: UInt64) throws(EdgeError) {
        if try ControlClient(folder).ask(.shipAgain(fromNanoseconds: nanoseconds), timeoutMilliseconds: 10_000) != nil {
            return
        }
        // No server begins meanwhile.
        let owned = try OwnedDataFolder(folder)
        let checkpoint = try readCheckpoint()
        let rules = try RuleFolder.read(configuration.rules)
        let rewound: ShippingCheckpoint
        do throws(JournalError) {
            rewound = try checkpoint.rewound(to: nanoseconds, rules: rules, journalFolder: owned.folder.journal)
        } catch {
            throw EdgeError(error)
        }
        do throws(SystemError) {
            try rewound.write(owned.folder.shipping)
        } catch {
            throw .file(path: owned.folder.shipping, error)
        }
    }
}
