import Bytes
package import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings

/// What the running server does for commands that come over the control socket.
package struct EdgeCommands: Sendable {
    let workers: [EdgeWorker]
    let adminJournal: AdminJournal
    let consent: ConsentBook
    let synchronizer: JournalSynchronizer
    let aggregator: AggregatorRunner
    let imports: ImportRunner
    let eventKeys: EventKeyKeeper
    let forgetting: ForgettingDesk
    /// Nil where nothing is shipped.
    var shipping: ShippingRunner?

    /// Does what is asked; the last reply is neither `.progress` nor `.note`.
    ///
    /// - Parameter isGone: says whether the command has ended its side of the connection.
    func answer(
        _ request: ControlRequest, isGone: @escaping @Sendable () -> Bool,
        reply: @escaping @Sendable (ControlReply) -> Void
    ) {
        do throws(EdgeError) {
            switch request {
            case .flush:
                bringUpToDate()
                try aggregator.flush()
            case .rebuild(let withoutSealed):
                bringUpToDate()
                try aggregator.rebuild(
                    RebuildWatch(
                        withoutSealed: withoutSealed,
                        progress: { counted, total in reply(.progress(counted: counted, of: total)) },
                        onLoss: { reply(.note($0)) }, isCalledOff: isGone))
            case .record(let kind, let payloads):
                let outcome =
                    kind == EventFormat.consentRecordKind
                    ? consent.record(try Self.statements(payloads)) : try record(kind: kind, payloads: payloads)
                reply(.progress(counted: UInt64(outcome.recorded), of: UInt64(payloads.count)))
                if outcome.recorded > 0 {
                    bringUpToDate()
                    countIfPossible()
                }
                if let failure = outcome.failure { throw failure }
            case .rotateKey:
                try eventKeys.rotate()
                countIfPossible()
            case .shipAgain(let from):
                guard let shipping else { throw .refused(reason: "it was started without clickhouse.endpoints") }
                shipping.ship(againFrom: from)
            case .consentList(let section, let digest, let people, let effectiveNanoseconds):
                try consent.use(digest, people: people, of: section, effectiveNanoseconds: effectiveNanoseconds)
            case .forget(let section, let person, let identifiers, let keepsConsent):
                let receipt = try forget(
                    ForgettingRequest(
                        section: section, person: person, identifiers: identifiers, keepsConsent: keepsConsent),
                    isGone: isGone, reply: reply)
                return reply(.forgotten(receipt))
            case .take(let folder, let takesOpen, let takesAsItIs):
                let outcome = try imports.run(
                    folder, options: JournalImport.Options(takesOpen: takesOpen, takesAsItIs: takesAsItIs),
                    isGone: isGone, reply: reply)
                if outcome.tally.takenRecords > 0 { countIfPossible() }
                return reply(.taken(outcome))
            }
            reply(.done(standing))
        } catch {
            switch error {
            case .refused(let reason, _): reply(.refused(reason: reason, standing))
            case .interrupted: reply(.interrupted)
            default: reply(.refused(reason: "\(error)", standing))
            }
        }
    }

    /// A fact is recorded once it is in the journal. Whoever was told that the store failed would give it again.
    private func countIfPossible() {
        do throws(EdgeError) {
            try aggregator.flush()
        } catch {
            // The aggregator has logged it, readiness says it, and the fact is counted when the store is well.
        }
    }

    private var standing: EdgeStanding {
        let shards = workers.map(\.shards.snapshot)
        return EdgeStanding(
            waiting: shards.reduce(0) { $0 + $1.waitingEvents }, lost: shards.reduce(0) { $0 + $1.unwrittenLostEvents },
            processID: UInt64(Host.processID))
    }

    /// Lets every shard promise the present and syncs it, so that what was answered before this call is in the figures
    /// after the next cycle. A worker that hangs in a write is not waited for.
    func bringUpToDate() {
        let now = SystemClock.realtimeNanoseconds()
        for worker in workers { worker.control.wake() }
        adminJournal.tick(nowNanoseconds: now)
        let deadline = SystemClock.monotonicNanoseconds() + Self.promiseWaitNanoseconds
        while workers.contains(where: { $0.shards.snapshot.holdsNothingBeforeNanoseconds < now }),
            SystemClock.monotonicNanoseconds() < deadline
        {
            SystemThread.sleep(nanoseconds: 200_000)
        }
        synchronizer.syncNow()
    }

    /// Reads each payload with its own decoder first: what nobody can read must not be kept for ever.
    private func record(kind: UInt8, payloads: [[UInt8]]) throws(EdgeError) -> AdminJournal.Outcome {
        let kind = RecordKind(rawValue: kind)
        guard kind == .sends || kind == .name else {
            throw .refused(reason: "records of kind \(kind.rawValue) are not taken here")
        }
        let now = SystemClock.realtimeNanoseconds()
        var facts: [[UInt8]] = []
        for payload in payloads { facts.append(try Self.fact(payload.span, of: kind, recordedNanoseconds: now)) }
        let version = kind == .sends ? EventFormat.sendsVersion : EventFormat.nameVersion
        return adminJournal.record(kind: kind, version: version, payloads: facts)
    }

    /// Reads what people said; the book dates it.
    private static func statements(_ payloads: [[UInt8]]) throws(EdgeError) -> [ConsentBook.Statement] {
        var statements: [ConsentBook.Statement] = []
        for payload in payloads {
            let record: ConsentRecord
            do throws(EngagementError) {
                record = try ConsentRecord(payload.span)
            } catch {
                throw .refused(reason: "the record can't be read: \(error)")
            }
            guard case .person(let person, let status) = record.change else {
                throw .refused(reason: "a list is not taken as a record")
            }
            statements.append(
                ConsentBook.Statement(
                    section: record.section, person: person, status: status, source: record.source))
        }
        return statements
    }

    /// Reads a payload, and dates it by the clock that events have: whoever asks may have another one.
    private static func fact(
        _ payload: Span<UInt8>, of kind: RecordKind, recordedNanoseconds: UInt64
    ) throws(EdgeError) -> [UInt8] {
        let fact: [UInt8]
        let problem: String?
        do throws(EngagementError) {
            if kind == .sends {
                var record = try SendsRecord(payload)
                record.recorded(atNanoseconds: recordedNanoseconds)
                problem = Self.problem(with: record)
                fact = record.payload
            } else {
                var record = try NameRecord(payload)
                problem = Self.problem(with: record.selection)?.sentence
                record.recordedNanoseconds = recordedNanoseconds
                fact = record.payload
            }
        } catch {
            throw .refused(reason: "the record can't be read: \(error)")
        }
        if let problem { throw .refused(reason: problem) }
        return fact
    }

    /// What is wrong with a fact's selection, and which part of it.
    package struct SelectionProblem: Equatable, Sendable {
        /// The part.
        package let field: EventField
        /// What is wrong with it.
        package let why: String
        /// What to do.
        package let whatToDo: String

        /// All of it in one line.
        package var sentence: String { "\(field.name): \(why): \(whatToDo)" }
    }

    /// What is wrong with the part of a section's mail that a fact is about, or nil. Facts never expire: one that no
    /// report could ever show is not taken.
    package static func problem(with selection: CampaignSelection) -> SelectionProblem? {
        func problem(_ field: EventField, _ why: String, _ whatToDo: String) -> SelectionProblem {
            SelectionProblem(field: field, why: why, whatToDo: whatToDo)
        }
        guard SectionSettings.isIdentifier(selection.sec) else {
            return problem(.sec, "it is no id of a section", "write 1 to 64 letters, digits, '-' or '_'")
        }
        for (field, text) in [(EventField.expVer, selection.expVer), (.va, selection.va)] {
            if text != nil, selection.expId == nil {
                return problem(field, "it is a part of an experience, and none is given", "give the experience too")
            }
        }
        for (field, text) in [(EventField.expId, selection.expId), (.expVer, selection.expVer), (.va, selection.va)] {
            if let text, text.utf8.count > field.limitBytes {
                return problem(field, "it is longer than the \(field.limitBytes) bytes that links keep", "shorten it")
            }
        }
        return nil
    }

    /// What is wrong with numbers of messages sent, or with their time, or nil. Sums over any number of records stay
    /// far from their end; a time that is mistyped would stretch every report's range for ever.
    package static func problem(with record: SendsRecord) -> String? {
        if let problem = problem(with: record.selection) { return problem.sentence }
        if record.sent > sentMax { return "nobody sends more than \(sentMax) messages at once" }
        if let delivered = record.delivered, delivered > record.sent { return "more was delivered than sent" }
        if record.sentNanoseconds < sentSince || record.sentNanoseconds > record.recordedNanoseconds + sentAhead {
            return "time: \(RFC3339.string(record.sentNanoseconds, fractionDigits: 0)) is before the year 2000 or more "
                + "than a year ahead"
        }
        return nil
    }

    private static let sentMax: UInt64 = 1_000_000_000_000
    /// 2000-01-01, and 366 days: mails are planned ahead, and nobody counts those of the last century.
    private static let sentSince: UInt64 = 946_684_800_000_000_000
    private static let sentAhead: UInt64 = 366 * 86_400_000_000_000
    private static let promiseWaitNanoseconds: UInt64 = 500_000_000
}
