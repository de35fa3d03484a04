import Bytes
import Engagement
import Journal
import LinuxSystem
import Synchronization

// What other nodes of the fleet recorded. Their records stand in the journal when they come here, in any order: of a
// person's statements the one of the latest time holds, and of lists too, so that every node comes to the same, and to
// what a start reads from the journal.

extension ConsentBook {
    /// A change that another node recorded.
    struct Taken {
        var identity: RecordIdentity
        var record: ConsentRecord
    }

    /// Puts changes into force that stand in the journal.
    ///
    /// - Throws: why the journal can't be read; then they may be given again.
    func take(_ changes: [Taken]) throws(EdgeError) {
        try times.withLock { times throws(EdgeError) in
            var last: [(statement: Statement, nanoseconds: UInt64)] = []
            var unknown: [String: Set<ConsentKey>] = [:]
            var listed: Set<String> = []
            for change in changes {
                let record = change.record
                switch record.change {
                case .list: listed.insert(record.section)
                case .person(let person, let status):
                    times.latestNanoseconds = max(times.latestNanoseconds, record.effectiveNanoseconds)
                    let speaker = RecentStatements.Speaker(section: record.section, person: ConsentKey(person))
                    let moment = RecentStatements.Moment(
                        nanoseconds: record.effectiveNanoseconds, identity: change.identity)
                    switch times.recent.take(moment, of: speaker) {
                    case .older: continue
                    case .unknown: unknown[speaker.section, default: []].insert(speaker.person)
                    case .last:
                        let statement = Statement(
                            section: record.section, person: person, status: status, source: record.source)
                        last.append((statement, record.effectiveNanoseconds))
                    }
                }
            }
            for section in listed.sorted() { try adoptList(of: section) }
            let words =
                unknown.isEmpty ? [:] : try ConsentHistory.lastWords(of: unknown, in: folder) { _ in }
            state.withLock { state in
                let standing = last.filter { said in
                    let list = state.places[said.statement.section].flatMap { state.lists[$0] }
                    return list.map { said.nanoseconds > $0.effectiveNanoseconds } ?? true
                }
                Self.apply(standing.map(\.statement)[...], to: &state)
                for (section, people) in words.sorted(by: { $0.key < $1.key }) {
                    Self.apply(people.values, of: section, to: &state)
                }
            }
        }
    }

    /// Puts people's last words into force, where no list is later.
    private static func apply(
        _ words: some Sequence<ConsentHistory.Statement>, of section: String, to state: inout State
    ) {
        let place = place(of: section, in: &state)
        let listNanoseconds = state.lists[place]?.effectiveNanoseconds
        let before = state.tables[place]
        for word in words {
            if let listNanoseconds, word.effectiveNanoseconds <= listNanoseconds { continue }
            state.tables[place] = state.tables[place].setting(word.person, to: word.status)
        }
        guard state.tables[place] !== before else { return }
        state.retired.append(before)
        publish(&state)
    }

    // MARK: Lists

    /// Puts the latest list of a section into force that the journal names, where another one is.
    private func adoptList(of section: String) throws(EdgeError) {
        let history = try ConsentHistory(folder, only: section) { _ in }.sections[section] ?? .init()
        let (before, isUsable) = state.withLock { state in
            (state.places[section].flatMap { state.lists[$0] }, state.unusable[section] == nil)
        }
        guard let list = history.list, list != before || !isUsable else { return }
        var trouble: EdgeError?
        var table: ConsentTable
        do throws(EdgeError) {
            table = try files.table(of: history, keyMark: Self.keyMark(section, keys))
        } catch {
            // As at a start: nobody is known to consent but who said so since.
            trouble = error
            table = ConsentTable(people: history.standing.count, unnamed: .optedOut).with(history.standing)
        }
        let others = state.withLock { state in
            let place = Self.place(of: section, in: &state)
            state.retired.append(state.tables[place])
            state.tables[place] = table
            state.lists[place] = list
            state.unusable[section] = trouble
            if trouble == nil { state.counts.lists += 1 }
            Self.publish(&state)
            return Set(state.lists.compactMap { $0?.digest })
        }
        // What came from elsewhere is removed here: no import of this node does it, for there may be none.
        if let before, !others.contains(before.digest) { files.remove(before.digest) }
    }

    /// The lists in force whose files can't be used, by section.
    var missingLists: [String: ConsentHistory.List] {
        state.withLock { state in
            var missing: [String: ConsentHistory.List] = [:]
            for section in state.unusable.keys {
                if let place = state.places[section] { missing[section] = state.lists[place] }
            }
            return missing
        }
    }

    /// Tries a list again whose file could not be used.
    func retryList(of section: String) throws(EdgeError) {
        try times.withLock { _ throws(EdgeError) in try adoptList(of: section) }
    }

    /// True where a list would come into force, as far as is known.
    func wants(_ list: ConsentHistory.List, of section: String) -> Bool {
        state.withLock { state in
            state.places[section].flatMap { state.lists[$0] }.map { list.isLater(than: $0) } ?? true
        }
    }
}
