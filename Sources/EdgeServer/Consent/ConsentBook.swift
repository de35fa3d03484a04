import Bytes
import Engagement
import Journal
import LinuxSystem
import Synchronization

/// The statuses of people that are in force: what workers look up, and the one place where they change.
///
/// **Problem.** A refusal has to hold for mail that is sent already, on the next click, on every worker, after a
/// restart too. A daily list of millions replaces all that was known but what people said since it was made.
///
/// **Shape.** A change is a record of the `admin` shard: once it is on the disk, the word of that person in the
/// section's table is written, which every worker reads at its next look. A list is a file that a record names; the
/// table is made beside the one in use and takes its place, with what people said behind the list's time. At the start
/// all is read from the records and the files they name, so that the store is not needed.
///
/// **Guarantees.** A change that was confirmed survives a power cut and holds on every worker. Changes are in force in
/// the order of their records. A list that can't be used changes nothing. Nobody's identifier is kept: people are keyed
/// pseudonyms.
///
/// **Not promised.** Who changes something waits for the disk, and while a list is read for that.
final class ConsentBook: Sendable {
    /// One person's change.
    struct Statement: Equatable {
        var section: String
        var person: Bytes16
        var status: ConsentStatus
        var source: ConsentRecord.Source
    }

    /// How a section stands.
    struct Standing: Equatable {
        var section: String
        var list: ConsentHistory.List?
        var people: Int
    }

    /// What changes of people are counted by.
    struct Change: Hashable {
        var status: ConsentStatus
        var source: ConsentRecord.Source
    }

    /// What came into force since the start.
    struct Counts {
        /// Changes of people; what is not there is 0.
        var changes: [Change: UInt64] = [:]
        /// Lists.
        var lists: UInt64 = 0
    }

    struct State {
        /// Places of sections in `tables`: kept for as long as the process lives.
        var places: [String: Int] = [:]
        var tables: [ConsentTable] = []
        var lists: [ConsentHistory.List?] = []
        /// Why the list of a section can't be used, by the section's id.
        var unusable: [String: EdgeError] = [:]
        /// Tables that a worker may still read.
        var retired: [ConsentTable] = []
        var workers: [EdgeWorker] = []
        var counts = Counts()
    }

    /// When people spoke.
    struct Times {
        /// The latest time that a change has, whichever node recorded it: neither a clock that is set back nor one that
        /// is behind another node's makes a later change an earlier one.
        var latestNanoseconds: UInt64
        var recent: RecentStatements
    }

    let folder: DataFolder
    let keys: KeySet
    private let journal: AdminJournal
    let files: ConsentListFile
    /// Held for a moment alone: whoever looks must not wait for a disk that hangs.
    let state: Mutex<State>
    /// Held while a change is made, disk and all, so that changes come into force in the order of their records.
    let times: Mutex<Times>

    /// Reads what is in force.
    ///
    /// A list that is missing or damaged opts nobody in, and everybody else out but who said something since: a click
    /// is answered all the same, and the safe side is to keep nothing of people.
    ///
    /// - Parameters:
    ///   - onTrouble: told of records that can't be read, a line each.
    ///   - onMissingList: told of each list that can't be used.
    ///   - recentMax: people whose last words' times are kept, for what other nodes tell late.
    init(
        _ folder: DataFolder, keys: KeySet, journal: AdminJournal, recentMax: Int = 131_072,
        onTrouble: (String) -> Void, onMissingList: (EdgeError) -> Void
    ) throws(EdgeError) {
        self.folder = folder
        self.keys = keys
        self.journal = journal
        files = ConsentListFile(folder: folder.consent)
        var state = State()
        var latest: UInt64 = 0
        let history = try ConsentHistory(folder, onTrouble: onTrouble)
        for (id, section) in history.sections.sorted(by: { $0.key < $1.key }) {
            state.places[id] = state.tables.count
            do throws(EdgeError) {
                state.tables.append(try files.table(of: section, keyMark: Self.keyMark(id, keys)))
            } catch {
                onMissingList(error)
                state.unusable[id] = error
                let nobody = ConsentTable(people: section.standing.count, unnamed: .optedOut)
                state.tables.append(nobody.with(section.standing))
            }
            state.lists.append(section.list)
            latest = max(latest, section.statements.last?.effectiveNanoseconds ?? 0)
        }
        self.state = Mutex(state)
        times = Mutex(
            Times(
                latestNanoseconds: latest,
                recent: RecentStatements(floor: Self.time(behind: latest), countMax: recentMax)))
    }

    private static func time(behind nanoseconds: UInt64) -> UInt64 { nanoseconds == .max ? .max : nanoseconds + 1 }

    static func keyMark(_ section: String, _ keys: KeySet) -> UInt64 {
        keys.personKey(section: section).mark
    }

    // MARK: Workers

    /// What is in force, for one worker that is being made.
    func tables() -> ConsentTables { state.withLock { ConsentTables($0.tables) } }

    /// Gives these workers every table that takes the place of one. Nothing may have changed since they were made.
    func attach(_ workers: [EdgeWorker]) {
        state.withLock { $0.workers = workers }
    }

    /// The place of a section among the tables, made where it has none yet. It is the same for as long as the process
    /// lives.
    func place(of section: String) -> Int {
        state.withLock { state in Self.place(of: section, in: &state) }
    }

    /// Has every worker go on with the tables, and waits until it does. A worker that the disk holds takes them later:
    /// what it may read is kept until then.
    static func publish(_ state: inout State) {
        for worker in state.workers { worker.use(WorkerRenewal(consent: ConsentTables(state.tables))) }
        EdgeWorker.waitUntilTaken(by: state.workers)
        if state.workers.allSatisfy(\.hasTakenAll) { state.retired.removeAll() }
    }

    // MARK: Changes

    /// Records changes, in their order, and puts into force what is on the disk.
    ///
    /// - Returns: how many are recorded and in force, and why the next one is not.
    func record(_ statements: [Statement]) -> AdminJournal.Outcome {
        times.withLock { times in
            let now = SystemClock.realtimeNanoseconds()
            let effective = max(now, Self.time(behind: times.latestNanoseconds))
            let payloads = statements.map { statement in
                ConsentRecord(
                    recordedNanoseconds: now, effectiveNanoseconds: effective, section: statement.section,
                    change: .person(statement.person, statement.status), source: statement.source
                ).payload
            }
            let outcome = journal.record(kind: .consent, version: EventFormat.consentVersion, payloads: payloads)
            if outcome.recorded > 0 { times.latestNanoseconds = effective }
            for statement in statements.prefix(outcome.recorded) {
                // Later than everything that is known: which of these records it is decides nothing.
                _ = times.recent.take(
                    RecentStatements.Moment(
                        nanoseconds: effective, identity: RecordIdentity(shard: journal.shard, sequence: 0)),
                    of: RecentStatements.Speaker(section: statement.section, person: ConsentKey(statement.person)))
            }
            state.withLock { Self.apply(statements.prefix(outcome.recorded), to: &$0) }
            return outcome
        }
    }

    static func apply(_ statements: ArraySlice<Statement>, to state: inout State) {
        var hasGrown = false
        for statement in statements {
            let place = place(of: statement.section, in: &state)
            let before = state.tables[place]
            state.tables[place] = before.setting(ConsentKey(statement.person), to: statement.status)
            state.counts.changes[Change(status: statement.status, source: statement.source), default: 0] += 1
            guard state.tables[place] !== before else { continue }
            state.retired.append(before)
            hasGrown = true
        }
        if hasGrown { publish(&state) }
    }

    static func place(of section: String, in state: inout State) -> Int {
        if let place = state.places[section] { return place }
        state.places[section] = state.tables.count
        state.tables.append(ConsentTable(people: 0))
        state.lists.append(nil)
        publish(&state)
        return state.tables.count - 1
    }

    /// Puts a list into force whose file is there: everybody's status but what people said behind the list's time.
    ///
    /// - Throws: `EdgeError.consentTime` for a list that is older than the one in force; what is wrong with the file;
    ///   why it was not recorded. Then nothing is changed.
    func use(_ digest: Bytes16, people: UInt64, of section: String, effectiveNanoseconds: UInt64) throws(EdgeError) {
        try times.withLock { _ throws(EdgeError) in
            let now = SystemClock.realtimeNanoseconds()
            let list = ConsentHistory.List(
                digest: digest, people: people, effectiveNanoseconds: effectiveNanoseconds, recordedNanoseconds: now)
            var history = try ConsentHistory(folder, only: section) { _ in }.sections[section] ?? .init()
            try ConsentImport.require(list, over: history.list)
            history.use(list)
            let table = try files.table(of: history, keyMark: Self.keyMark(section, keys))
            let record = ConsentRecord(
                recordedNanoseconds: now, effectiveNanoseconds: effectiveNanoseconds, section: section,
                change: .list(digest: digest, people: people), source: .list)
            let outcome = journal.record(
                kind: .consent, version: EventFormat.consentVersion, payloads: [record.payload])
            if outcome.recorded == 0, let failure = outcome.failure { throw failure }
            state.withLock { state in
                let place = Self.place(of: section, in: &state)
                state.retired.append(state.tables[place])
                state.tables[place] = table
                state.lists[place] = list
                state.unusable[section] = nil
                state.counts.lists += 1
                Self.publish(&state)
            }
            if let failure = outcome.failure { throw failure }
        }
    }

    // MARK: Looking

    /// The status of a person as workers see it.
    func status(of person: Bytes16, in section: String) -> ConsentStatus? {
        state.withLock { state in
            state.places[section].flatMap { state.tables[$0].status(of: ConsentKey(person)) }
        }
    }

    /// How each section stands, by id.
    var standings: [Standing] {
        state.withLock { state in
            state.places.sorted { $0.key < $1.key }.map { id, place in
                Standing(section: id, list: state.lists[place], people: state.tables[place].count)
            }
        }
    }

    /// The lists that were in force and can't be used, and what follows from it; nil where there are none.
    var trouble: String? {
        let unusable = state.withLock { $0.unusable }
        guard !unusable.isEmpty else { return nil }
        return unusable.sorted { $0.key < $1.key }.map { section, error in
            "section \(section) counts everybody as opted out who has said nothing since its list: \(error); what is "
                + "restored counts from the next start on"
        }.joined(separator: "; ")
    }

    /// What came into force since the start.
    var counts: Counts { state.withLock { $0.counts } }
}
