import Campaigns
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
        do throws(FactsCheckpoint.Unreadable) {
            checkpoint = try FactsCheckpoint.read(place.folder.facts)
        } catch {
            onTrouble(error.reason)
            checkpoint = FactsCheckpoint()
        }
    }

    /// True when this node has recorded something that has not travelled.
    var hasNews: Bool { pusher.hasNews(checkpoint) }

    /// Records of this process that have not travelled.
    var behind: UInt64 { pusher.behind(checkpoint) }

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
            let hasMore = try pusher.push(&checkpoint, to: fleet) { (next) throws(EdgeError) in
                try Self.write(next, to: place.folder.facts)
            }
            let ends = try EdgeError.fleet { () throws(FleetError) in try fleet.ends() }
            var look = try taker.take(ends, from: fleet)
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
