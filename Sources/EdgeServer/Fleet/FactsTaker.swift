import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem

/// Lays what other nodes have recorded into this node's journal, under the identity that it has, and then puts it into
/// force. What this node has recorded itself and does not have is laid in likewise: its data folder is from a backup.
struct FactsTaker {
    /// Who lays it in, and where.
    struct Place {
        let folder: DataFolder
        /// The shard that this process writes facts to: nobody else writes of it.
        let own: ShardIdentity
        let limits: JournalLimits
        let consent: ConsentBook
        let imports: ImportRunner
        /// What records are laid into.
        var storage: any JournalStorage = LinuxStorage()
    }

    /// What one look came to.
    struct Look: Equatable {
        /// Records that are there and are not here.
        var behind: UInt64 = 0
        /// More can be had at once.
        var hasMore = false
    }

    private let place: Place
    private var copies: [ShardIdentity: ShardCopy] = [:]
    /// Shards of which a part may have been laid in before something was in the way, and the first sequence of it:
    /// nobody was told of what is there.
    private var untold: [ShardIdentity: UInt64] = [:]
    private var importsSeen: UInt64
    /// What is laid in and not in force.
    private var pending: [ConsentBook.Taken] = []
    /// When lists were missed first, by the monotonic clock.
    private var missedLists: [Bytes16: UInt64] = [:]
    /// When a list that is in force and not here was asked for last.
    private var askedNanoseconds: UInt64 = 0
    /// Records that were laid in since the start.
    private(set) var takenRecords: UInt64 = 0
    /// Forgettings that were laid in and nobody has taken out here.
    private(set) var forgettings: [FleetForgetting] = []

    /// A record waits so long for the list that it names: what is behind it would wait as well.
    private static let listPatienceNanoseconds: UInt64 = 30_000_000_000
    private static let listPauseNanoseconds: UInt64 = 10_000_000_000

    init(_ place: Place) {
        self.place = place
        importsSeen = place.imports.endedCount
    }

    /// Forgets what was left to do of forgettings: somebody does it.
    mutating func takeForgettings() -> [FleetForgetting] {
        defer { forgettings = [] }
        return forgettings
    }

    /// Lays in what can be had of what is missing here, a bounded part of each shard.
    ///
    /// - Parameters:
    ///   - ends: where the shards end there.
    ///   - checkpoint: gets the shards of this node that are laid in, before they are.
    ///   - save: keeps the checkpoint durably.
    /// - Throws: what was in the way of a shard, once the others are done.
    mutating func take(
        _ ends: [ShardIdentity: UInt64], from fleet: some FleetFacts, _ checkpoint: inout FactsCheckpoint,
        save: (FactsCheckpoint) throws(EdgeError) -> Void
    ) throws(EdgeError) -> Look {
        try putIntoForce()
        try fetchMissingLists(from: fleet)
        if importsSeen != place.imports.endedCount {
            importsSeen = place.imports.endedCount
            copies.removeAll()
        }
        var look = Look()
        var failure: EdgeError?
        let own = place.own
        for (shard, end) in ends.sorted(by: { $0.key < $1.key }) where shard.isAdmin && shard != own {
            do throws(EdgeError) {
                try take(shard, end: end, from: fleet, &look) { (first) throws(EdgeError) in
                    guard shard.node == own.node, checkpoint.forgotten[shard] == nil else { return }
                    var next = checkpoint
                    next.forgotten[shard] = first
                    try save(next)
                    checkpoint = next
                }
            } catch {
                copies[shard] = nil
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return look
    }

    private mutating func take(
        _ shard: ShardIdentity, end: UInt64, from fleet: some FleetFacts, _ look: inout Look,
        willLayInFrom: (UInt64) throws(EdgeError) -> Void
    ) throws(EdgeError) {
        var copy: ShardCopy
        if let opened = copies[shard] { copy = opened } else { copy = try open(shard) }
        copies[shard] = copy
        try putIntoForce()
        guard copy.nextSequence < end else { return }
        let next = copy.nextSequence
        let facts = try EdgeError.fleet { () throws(FleetError) in try fleet.facts(of: shard, from: next) }
        let chain = try withLists(facts.chain(from: next), from: fleet)
        if !chain.isEmpty {
            try willLayInFrom(next)
            untold[shard] = min(untold[shard] ?? next, next)
            let laid = try place.imports.between { () throws(EdgeError) in
                do throws(JournalError) {
                    let isLaid = try copy.append(chain, nowNanoseconds: SystemClock.realtimeNanoseconds())
                    return (isLaid, copy)
                } catch {
                    throw EdgeError(error)
                }
            }
            if let (isLaid, written) = laid {
                copies[shard] = isLaid ? written : nil
                if isLaid {
                    untold[shard] = nil
                    copy = written
                    note(chain, of: shard)
                    look.hasMore = look.hasMore || written.nextSequence < end
                    try putIntoForce()
                }
            }
        }
        look.behind += end - min(end, copy.nextSequence)
    }

    private mutating func open(_ shard: ShardIdentity) throws(EdgeError) -> ShardCopy {
        do throws(JournalError) {
            let copy = try ShardCopy(
                shard, journalFolder: place.folder.journal, limits: place.limits, storage: place.storage)
            if let first = untold[shard] {
                note(try records(of: shard, from: first), of: shard)
                untold[shard] = nil
            }
            return copy
        } catch {
            throw EdgeError(error)
        }
    }

    /// What this journal has of a shard, from a sequence on.
    private func records(of shard: ShardIdentity, from first: UInt64) throws(JournalError) -> [ShardCopy.Record] {
        let reader = ShardReader(
            shard: shard, journalFolder: place.folder.journal, from: ShardPosition(nextSequence: first))
        var records: [ShardCopy.Record] = []
        while true {
            switch try reader.next(below: .max) {
            case .end: return records
            // Whoever counts damage tells of it.
            case .damaged: continue
            case .record(let record): records.append(reader.copy(of: record))
            }
        }
    }

    private mutating func note(_ chain: [ShardCopy.Record], of shard: ShardIdentity) {
        takenRecords += UInt64(chain.count)
        for record in chain {
            let identity = RecordIdentity(shard: shard, sequence: record.sequence)
            if let consent = record.consent {
                pending.append(ConsentBook.Taken(identity: identity, record: consent))
            }
            if let forgetting = record.forgetting {
                forgettings.append(FleetForgetting(identity: identity, record: forgetting))
            }
        }
    }

    private mutating func putIntoForce() throws(EdgeError) {
        guard !pending.isEmpty else { return }
        try place.consent.take(pending)
        pending = []
    }

    // MARK: Lists

    /// Fetches the lists that records name, and leaves off before a record whose list is not there yet. A list that
    /// would not come into force is not asked for.
    private mutating func withLists(
        _ chain: [ShardCopy.Record], from fleet: some FleetFacts
    ) throws(EdgeError) -> [ShardCopy.Record] {
        var last: [String: (index: Int, list: ConsentHistory.List)] = [:]
        for (index, record) in chain.enumerated() {
            guard let consent = record.consent, let list = ConsentHistory.List(consent),
                place.consent.wants(list, of: consent.section)
            else { continue }
            if last[consent.section].map({ list.isLater(than: $0.list) }) ?? true {
                last[consent.section] = (index, list)
            }
        }
        var end = chain.count
        let now = SystemClock.monotonicNanoseconds()
        for (_, named) in last {
            if try ConsentListPieces(place.folder).pull(named.list.digest, from: fleet) {
                missedLists[named.list.digest] = nil
            } else if now - missedLists[named.list.digest, default: now] < Self.listPatienceNanoseconds {
                missedLists[named.list.digest] = missedLists[named.list.digest] ?? now
                end = min(end, named.index)
            }
        }
        return Array(chain[..<end])
    }

    /// Asks now and then for lists in force that can't be used, whoever recorded them.
    private mutating func fetchMissingLists(from fleet: some FleetFacts) throws(EdgeError) {
        let missing = place.consent.missingLists
        let now = SystemClock.monotonicNanoseconds()
        guard !missing.isEmpty, askedNanoseconds == 0 || now - askedNanoseconds >= Self.listPauseNanoseconds else {
            return
        }
        askedNanoseconds = now
        for (section, list) in missing.sorted(by: { $0.key < $1.key }) {
            guard try ConsentListPieces(place.folder).pull(list.digest, from: fleet) else { continue }
            try place.consent.retryList(of: section)
        }
    }
}

/// A forgetting that another node has recorded, or this one before its data folder was put back from a backup.
struct FleetForgetting: Equatable, Sendable {
    var identity: RecordIdentity
    var record: ForgettingRecord
}

extension ConsentHistory.List {
    /// The list that a record puts into force; nil for a person's change.
    init?(_ record: ConsentRecord) {
        guard case .list(let digest, let people) = record.change else { return nil }
        self.init(
            digest: digest, people: people, effectiveNanoseconds: record.effectiveNanoseconds,
            recordedNanoseconds: record.recordedNanoseconds)
    }
}
