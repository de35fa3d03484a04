import Campaigns
import Engagement
import Journal
import LinuxSystem

/// What is done again and again so that the nodes of a fleet know the same facts: this node's go out, and then the
/// others' come in. Used by one thread.
struct FactsCycle {
    /// How far this node has told and done.
    private(set) var checkpoint: FactsCheckpoint
    private(set) var pusher: FactsPusher
    private(set) var taker: FactsTaker
    private let place: FactsTaker.Place
    private var importsSeen: UInt64
    private var isChecked = false
    /// What other nodes have forgotten and this one has not, in their order.
    private(set) var forgettings: [FleetForgetting] = []

    /// Reads the checkpoint; one that is lost or damaged costs doing all again.
    ///
    /// - Parameters:
    ///   - journal: what this process writes facts to.
    ///   - onTrouble: told of a checkpoint that can't be read.
    init(_ place: FactsTaker.Place, journal: AdminJournal, onTrouble: (String) -> Void) {
        self.place = place
        pusher = FactsPusher(place.folder, journal: journal)
        taker = FactsTaker(place)
        importsSeen = place.imports.endedCount
        do throws(UnreadableCheckpoint) {
            checkpoint = try FactsCheckpoint.read(place.folder.facts)
        } catch {
            onTrouble("\(place.folder.facts): \(error.reason)")
            checkpoint = FactsCheckpoint()
        }
        do throws(EdgeError) {
            forgettings = try unfinishedForgettings()
        } catch {
            onTrouble("\(error)")
        }
    }

    /// What an earlier process has laid in and not carried out.
    private func unfinishedForgettings() throws(EdgeError) -> [FleetForgetting] {
        var found: [FleetForgetting] = []
        // What can't be read is said by whoever counts it.
        _ = try AdminRecords.forEach(in: place.folder, onTrouble: { _ in }) {
            record, payload, identity throws(EngagementError) in
            guard record.kind == .forgetting, identity.sequence >= undone(identity.shard) else { return }
            found.append(
                FleetForgetting(
                    identity: identity, record: try ForgettingRecord(payload, version: record.version)))
        }
        return found
    }

    /// From which sequence forgettings of a shard are still to be carried out here. This node records its own when they
    /// are done; those that were laid in are not, and the checkpoint says so.
    private func undone(_ shard: ShardIdentity) -> UInt64 {
        checkpoint.forgotten[shard] ?? (shard.node == place.own.node ? .max : 0)
    }

    /// Says that the first of the forgettings was carried out here.
    mutating func didForget() throws(EdgeError) {
        guard let done = forgettings.first else { return }
        var next = checkpoint
        next.forgotten[done.identity.shard] = done.identity.sequence + 1
        try Self.write(next, to: place.folder.facts)
        checkpoint = next
        forgettings.removeFirst()
    }

    /// True when this node has recorded something that has not travelled.
    var hasNews: Bool { pusher.hasNews(checkpoint) }

    /// Up to which sequence records of this process have travelled.
    var pushedSequence: UInt64 { pusher.pushedSequence(checkpoint) }

    /// Puts in some of what is new here, and lays in some of what is new there.
    ///
    /// - Throws: what was in the way; the next turn begins by looking at the server.
    mutating func turn(_ fleet: some FleetFacts) throws(EdgeError) -> FactsTaker.Look {
        do throws(EdgeError) {
            if !isChecked { try begin(fleet) }
            if importsSeen != place.imports.endedCount {
                importsSeen = place.imports.endedCount
                try pusher.findShards()
            }
            let save = { [path = place.folder.facts] (next: FactsCheckpoint) throws(EdgeError) in
                try Self.write(next, to: path)
            }
            let hasMore = try pusher.push(&checkpoint, to: fleet, save: save)
            let ends = try EdgeError.fleet { () throws(FleetError) in try fleet.ends() }
            defer { forgettings += taker.takeForgettings() }
            var look = try taker.take(ends, from: fleet, &checkpoint, save: save)
            look.hasMore = look.hasMore || hasMore
            return look
        } catch {
            isChecked = false
            throw error
        }
    }

    private mutating func begin(_ fleet: some FleetFacts) throws(EdgeError) {
        try EdgeError.fleet { () throws(FleetError) in try fleet.check() }
        let ends = try EdgeError.fleet { () throws(FleetError) in try fleet.ends() }
        try pusher.findShards()
        try pusher.compare(&checkpoint, with: fleet, ends: ends)
        // Whoever has a list may give it to the others.
        for standing in place.consent.standings {
            if let list = standing.list { try ConsentListPieces(place.folder).push(list.digest, to: fleet) }
        }
        isChecked = true
    }

    private static func write(_ checkpoint: FactsCheckpoint, to path: String) throws(EdgeError) {
        do throws(SystemError) {
            try checkpoint.write(path)
        } catch {
            throw .file(path: path, error)
        }
    }
}
