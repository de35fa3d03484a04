import Bytes
package import Campaigns
import Engagement
package import Journal
import LinuxSystem
package import Settings

/// Answers questions about campaigns for commands: from the store beside a running server or without one, or from the
/// journal.
package struct CampaignReport {
    let configuration: Configuration
    private let folder: DataFolder
    let sections: SectionDirectory
    private let onTrouble: (String) -> Void

    /// What a report can't be made of.
    package enum Failure: Error, Equatable {
        /// The question, or the store that it was asked of.
        case report(ReportError)
        /// The folder, the rules or the server.
        case edge(EdgeError)
    }

    /// Uses the data folder, sections and rules of a configuration.
    ///
    /// - Parameter onTrouble: told of damage, and of a server that can't count, a line each.
    package init(_ configuration: Configuration, onTrouble: @escaping (String) -> Void) throws(EdgeError) {
        self.configuration = configuration
        self.onTrouble = onTrouble
        folder = DataFolder(path: configuration.data)
        sections = try SectionDirectory(configuration)
    }

    /// What a person should know of an answer beside its figures, a sentence each.
    package func notes(on answer: ReportAnswer, to question: ReportQuestion) -> [String] {
        if let fleet = answer.fleet {
            return question.roundings(sections) + Self.keyChangeNotes(answer) + fleet.sentences
        }
        return question.roundings(sections) + rulesNote(answer) + Self.sealedNotes(answer) + Self.keyChangeNotes(answer)
            + expiryNote(answer) + interruptionNote
    }

    /// What a person should know of an answer beside its figures and under which rules they were made, a sentence each.
    ///
    /// - Parameter rulesNow: the version of the rules that judge now; nil where it is not known.
    static func notes(on answer: ReportAnswer, rulesNow: String?) -> [String] {
        if let fleet = answer.fleet { return keyChangeNotes(answer) + fleet.sentences }
        return rulesNote(made: answer.rulesVersion, now: rulesNow) + sealedNotes(answer) + keyChangeNotes(answer)
    }

    /// Why rows of answers have no country, where they have a column of countries.
    package func countryNotes(on answers: [ReportAnswer]) -> [String] {
        CountryNotes.notes(on: answers.filter { $0.fleet == nil }, geoip: configuration.geoip)
    }

    /// What rows of answers lack because people of old months are counts.
    package static func sealedPeopleNotes(on answers: [ReportAnswer]) -> [String] {
        let notes = answers.compactMap(\.sealedPeople)
        guard var note = notes.first else { return [] }
        note.throughDay = notes.map(\.throughDay).max() ?? note.throughDay
        note.hidesRows = notes.contains(where: \.hidesRows)
        note.boundsRows = notes.contains(where: \.boundsRows)
        return [note.sentence]
    }

    /// Servers that were killed: what waited in their memory is nowhere.
    private var interruptionNote: [String] {
        do throws(JournalError) {
            guard let sentence = Self.sentence(onInterrupted: try EpochEnd.interrupted(folder.journal)) else {
                return []
            }
            return [sentence]
        } catch {
            return ["\(error)"]
        }
    }

    /// What a person should know of servers that ended without stopping; nil where there is none.
    package static func sentence(onInterrupted epochs: [ShardIdentity]) -> String? {
        guard let last = epochs.last else { return nil }
        let started = RFC3339.string(Epoch.startMilliseconds(of: last.epoch) * 1_000_000)
        let who =
            epochs.count == 1
            ? "a server ended without stopping (epoch \(hexadecimal16(last.epoch)), started \(started))"
            : "\(epochs.count) servers ended without stopping, the last of them epoch \(hexadecimal16(last.epoch)), "
                + "started \(started)"
        return who + ": events that waited in memory then, if any, are lost and not counted"
    }

    /// Sealed figures keep the rules that they were sealed under.
    private static func sealedNotes(_ answer: ReportAnswer) -> [String] {
        answer.sealed.filter { $0.rulesVersion != answer.rulesVersion }.map { sealed in
            let until = RFC3339.string(sealed.untilNanoseconds, fractionDigits: 0)
            return "figures up to \(until) are sealed in part under rules \(sealed.rulesVersion), which a rebuild keeps"
        }
    }

    /// Pseudonyms under two keys can't be told to be of one person.
    private static func keyChangeNotes(_ answer: ReportAnswer) -> [String] {
        guard let last = answer.keyChanges.last else { return [] }
        let times = answer.keyChanges.count == 1 ? "" : "\(answer.keyChanges.count) times, last "
        return [
            "the event key was changed \(times)on \(RFC3339.string(last, fractionDigits: 0)): whoever came before and "
                + "after it counts as two people in unique, people and the rates made of them"
        ]
    }

    /// An answer from the journal is about what the journal still holds.
    private func expiryNote(_ answer: ReportAnswer) -> [String] {
        guard answer.isFromJournal, answer.accounting.expired > 0 else { return [] }
        let reach = answer.reachesBackNanoseconds.map { RFC3339.string($0, fractionDigits: 0) }
        return [
            "the journal reaches back to \(reach ?? "no event"): \(answer.accounting.expired) older events have "
                + "expired, whose figures the store has: ask without --from journal"
        ]
    }

    /// The figures are those of the rules that made them, whatever the folder holds now.
    private func rulesNote(_ answer: ReportAnswer) -> [String] {
        guard let made = answer.rulesVersion else { return [] }
        do throws(EdgeError) {
            return Self.rulesNote(made: made, now: try RuleFolder.read(configuration.rules).version)
        } catch {
            return ["rules changed: \(error)"]
        }
    }

    private static func rulesNote(made: String?, now: String?) -> [String] {
        guard let made, let now, made != now else { return [] }
        return ["rules changed: \(made) made these figures, now there are \(now): run tremolo rebuild"]
    }

    /// Answers from the store. A running server is asked to count first what is there (2 s at most).
    package func fromStore(_ question: ReportQuestion) throws(Failure) -> ReportAnswer {
        try fromStore([question])[0]
    }

    /// The answers to several questions, in their order, of one state of the store, and those to what is asked further
    /// when they are known.
    package func fromStore(
        _ questions: [ReportQuestion], followUp: ([ReportAnswer]) -> [ReportQuestion] = { _ in [] }
    ) throws(Failure) -> [ReportAnswer] {
        let standing = ControlClient(folder).askToCount(onTrouble: onTrouble)
        do throws(ReportError) {
            let store: SQLiteCampaignStore
            do throws(StoreError) {
                store = try StoreFolder(folder).openForReading()
            } catch {
                throw .store(error)
            }
            let unread = try unread(by: store)
            return try store.answers(questions, sections: sections, followUp: followUp).map { counted in
                var answer = counted
                answer.accounting.waiting = standing?.waiting ?? 0
                answer.accounting.lost += standing?.lost ?? 0
                answer.accounting.pending += unread
                return answer
            }
        } catch {
            throw .report(error)
        }
    }

    /// Answers from the journal's records: any combination, and slow. The accounting is the journal's own: everything
    /// that is whole is counted.
    package func fromJournal(_ question: ReportQuestion) throws(Failure) -> ReportAnswer {
        try fromJournal([question])[0]
    }

    /// The answers to several questions, in their order, in one reading of the journal.
    package func fromJournal(_ questions: [ReportQuestion]) throws(Failure) -> [ReportAnswer] {
        do throws(EdgeError) {
            let (facts, standing) = try readFacts()
            let rules = try RuleFolder.read(configuration.rules)
            let countries = try CountryFile.read(configuration.geoip)
            let journals = questions.map {
                JournalAnswer($0, rules: rules, sections: sections, countries: countries)
            }
            for journal in journals {
                for sends in facts.sends { journal.add(sends) }
                for name in facts.names { journal.add(name) }
                for change in facts.keyChanges { journal.add(change.record) }
            }
            let reading = try readEvents(beside: facts, standing) { item in
                for journal in journals {
                    journal.add(item.view, in: item.payload.span, node: item.identity.shard.node)
                }
            }
            return journals.map { reading.completed($0.answer()) }
        } catch {
            throw .edge(error)
        }
    }

    /// Answers from the journal's records under the rules in use, and under those of another folder.
    package func compareRules(_ folder: String, _ question: ReportQuestion) throws(Failure) -> RulesComparison {
        do throws(EdgeError) {
            let (facts, standing) = try readFacts()
            let trial = RulesTrial(
                question, before: try RuleFolder.read(configuration.rules), after: try RuleFolder.read(folder),
                sections: sections, sends: facts.sends,
                countries: try CountryFile.read(configuration.geoip))
            for name in facts.names { trial.add(name) }
            let reading = try readEvents(beside: facts, standing) {
                trial.add($0.view, in: $0.payload.span, node: $0.identity.shard.node)
            }
            var comparison = trial.comparison()
            comparison.before = reading.completed(comparison.before)
            comparison.after = reading.completed(comparison.after)
            return comparison
        } catch {
            throw .edge(error)
        }
    }

    /// What a person should know of a comparison beside its figures, a sentence each.
    package func notes(on comparison: RulesComparison, to question: ReportQuestion) -> [String] {
        var notes = question.roundings(sections) + countryNotes(on: [comparison.after])
        let expired = comparison.before.accounting.expired
        if expired > 0 {
            let reach = comparison.before.reachesBackNanoseconds.map { RFC3339.string($0, fractionDigits: 0) }
            notes.append(
                "\(expired) events have expired and can't be judged again: their figures are not in this, and no rules "
                    + "change them; the journal reaches back to \(reach ?? "no event")")
        }
        return notes + interruptionNote
    }

    /// What a pass over the journal says of an answer beside its rows.
    private struct JournalReading {
        var accounting: ReportAccounting
        var firstNanoseconds: UInt64?

        func completed(_ answer: ReportAnswer) -> ReportAnswer {
            var answer = answer
            answer.accounting = accounting
            answer.isFromJournal = true
            answer.reachesBackNanoseconds = firstNanoseconds
            return answer
        }
    }

    /// Asks the running server to bring its events to the disk, and reads the facts that no request carries.
    private func readFacts() throws(EdgeError) -> (AdminRecords, EdgeStanding?) {
        try folder.requireThere()
        let standing = ControlClient(folder).askToCount(onTrouble: onTrouble)
        return (try AdminRecords(folder, onTrouble: onTrouble), standing)
    }

    private func readEvents(
        beside facts: AdminRecords, _ standing: EdgeStanding?, _ onEvent: (EventStream.Item) -> Void
    ) throws(EdgeError) -> JournalReading {
        let stream = EventStream(folder, onTrouble: onTrouble)
        try stream.lookForShards()
        var count: UInt64 = 0
        var first: UInt64?
        while let item = try stream.next() {
            if first == nil { first = item.view.orderTimeNanoseconds }
            onEvent(item)
            count += 1
        }
        return JournalReading(
            accounting: ReportAccounting(
                waiting: standing?.waiting ?? 0, lost: stream.lostEvents + (standing?.lost ?? 0), counted: count,
                damaged: stream.damagedRecords + facts.damagedRecords, expired: try stream.expiredEvents()),
            firstNanoseconds: first)
    }

    /// Events in the journal that the store has not read yet.
    private func unread(by store: SQLiteCampaignStore) throws(ReportError) -> UInt64 {
        var unread: UInt64 = 0
        do throws(StoreError) {
            var read: [ShardIdentity: ShardCheckpoint] = [:]
            for checkpoint in try store.checkpoints() { read[checkpoint.shard] = checkpoint }
            let expired = ExpiredRecords(trying: folder, onTrouble: onTrouble)
            do throws(JournalError) {
                for shard in try JournalDirectory.scan(folder.journal) {
                    let checkpoint = read[shard.identity] ?? ShardCheckpoint(shard: shard.identity)
                    unread += try events(of: shard.identity, from: checkpoint, expired)
                }
            } catch {
                if case .system(let reason, let path) = error, reason.isNoPermission {
                    throw .unreadable(file: path, reason)
                }
                throw .system(.read, file: folder.journal, message: "\(error)")
            }
        } catch {
            throw .store(error)
        }
        return unread
    }

    /// Events behind a checkpoint, less those that stand in open windows and are counted as pending already.
    private func events(
        of shard: ShardIdentity, from checkpoint: ShardCheckpoint, _ expired: ExpiredRecords
    ) throws(JournalError) -> UInt64 {
        let reader = ShardReader(
            shard: shard, journalFolder: folder.journal, from: checkpoint.position,
            expiredBelow: expired.below)
        var events: UInt64 = 0
        while true {
            switch try reader.next() {
            case .end: return events > checkpoint.pending ? events - checkpoint.pending : 0
            case .damaged: continue
            case .record(let record): if record.kind == .event { events += 1 }
            }
        }
    }
}
