import Bytes
import Campaigns
import Engagement
import GeoIP
import Journal
import LinuxSystem

/// Makes the plan of what was found: which verdicts stay with which events.
struct ForgettingDecision: ~Copyable {
    /// What judges: as the aggregator does it now.
    struct Judges: Sendable {
        var rules: RuleSet
        var sections: SectionDirectory
        var countries: CountryDatabase?
        var limits = FigureLimits()
    }

    private let person: EventPerson
    private let judges: Judges
    private let sends: [SendsRecord]
    private let findings: [ForgettingSearch.Finding]
    private var plan: ForgettingPlan
    private var places: [FrozenVerdict: Int] = [:]
    private var changes: [[ForgettingPlan.Change]]
    private var writer = ForgottenEvent()
    private var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)

    /// - Parameters:
    ///   - findings: what `ForgettingSearch` found; what is changed stands in closed segments.
    ///   - receipt: the section and the time.
    static func plan(
        _ findings: [ForgettingSearch.Finding], of person: EventPerson, in folder: DataFolder, by judges: Judges,
        _ receipt: ForgettingReceipt
    ) throws(EdgeError) -> ForgettingPlan {
        var tokens: [ForgettingPlan.Token] = []
        do throws(SystemError) {
            for subject in person.subjects {
                let token = Bytes16(littleEndian: try SystemRandom.uint64(), try SystemRandom.uint64())
                tokens.append(ForgettingPlan.Token(subject: subject, token: token))
            }
        } catch {
            throw .file(path: "random numbers of the system", error)
        }
        let facts = try AdminRecords(folder) { _ in }
        var decision = ForgettingDecision(
            person: person, judges: judges, sends: facts.sends, findings: findings,
            plan: ForgettingPlan(tokens: tokens, receipt: receipt))
        // What can't be read is said by whoever changes it.
        let counted = try PersonMemberships(of: person, in: folder) { _ in }
        decision.plan.receipt.memberships = UInt64(counted.entries.count)
        do throws(JournalError) {
            for node in Set(findings.map(\.segment.shard.node)) { try decision.decide(node) }
        } catch {
            throw EdgeError(error)
        }
        return decision.end()
    }

    private init(
        person: EventPerson, judges: Judges, sends: [SendsRecord],
        findings: [ForgettingSearch.Finding], plan: ForgettingPlan
    ) {
        self.person = person
        self.judges = judges
        self.sends = sends
        self.findings = findings
        self.plan = plan
        changes = Array(repeating: [], count: findings.count)
    }

    // MARK: Judging

    /// Judges the person's events of one node, and those around them.
    private mutating func decide(_ node: UInt64) throws(JournalError) {
        let own = findings.indices.filter { findings[$0].segment.shard.node == node }
        let times = own.flatMap { place in
            findings[place].segment.isClosed ? findings[place].matches.map(\.orderNanoseconds) : []
        }
        for stretch in stretches(around: times.sorted()) {
            var judge = ForgettingJudge(
                node: node, rules: judges.rules, sections: judges.sections,
                sends: sends, countries: judges.countries,
                limits: judges.limits)
            var events: [JudgedRecord] = []
            for place in own {
                let orders = findings[place].orders
                guard orders.first <= stretch.upperBound, orders.last >= stretch.lowerBound else { continue }
                try read(stretch, place, &judge, &events)
            }
            for (event, verdict) in zip(events, judge.verdicts()) {
                guard let verdict, findings[event.finding].segment.isClosed else { continue }
                changes[event.finding].append(
                    ForgettingPlan.Change(
                        sequence: event.sequence, isForgotten: event.isForgotten, verdict: number(of: verdict),
                        words: event.words))
            }
        }
    }

    /// What has to be looked at around moments, in whole seconds; stretches that meet are one.
    private func stretches(around times: [UInt64]) -> [ClosedRange<UInt64>] {
        let second: UInt64 = 1_000_000_000
        let reach = ForgettingJudge.reachNanoseconds(judges.rules)
        var stretches: [ClosedRange<UInt64>] = []
        for time in times {
            let start = time > reach ? (time - reach) / second * second : 0
            let (far, isBeyond) = time.addingReportingOverflow(reach + second)
            let end = isBeyond ? .max : far / second * second
            if let last = stretches.last, start <= last.upperBound {
                stretches[stretches.count - 1] = last.lowerBound...max(last.upperBound, end)
            } else {
                stretches.append(start...end)
            }
        }
        return stretches
    }

    /// An event that is judged.
    private struct JudgedRecord {
        /// The place of its segment in `findings`.
        var finding: Int
        var sequence: UInt64
        var isForgotten: Bool
        /// What is left of words in which the person stood.
        var words: [ForgottenEvent.Word]
    }

    private mutating func read(
        _ stretch: ClosedRange<UInt64>, _ place: Int, _ judge: inout ForgettingJudge,
        _ events: inout [JudgedRecord]
    ) throws(JournalError) {
        let segment = findings[place].segment
        let sweep = SegmentSweep(path: segment.path, endSequence: segment.endSequence)
        do throws(JournalError) {
            try sweep.forEach { (piece, payload) throws(JournalError) in
                guard case .record(let record) = piece, record.kind == .event,
                    let order = ForgettingSearch.orderNanoseconds(payload), stretch.contains(order),
                    let event = try? EventView(payload, version: record.version)
                else { return }
                let isForgotten = segment.isClosed && person.isIn(event, payload)
                judge.append(event, in: payload, isForgotten: isForgotten)
                events.append(
                    JudgedRecord(
                        finding: place, sequence: record.sequence, isForgotten: isForgotten,
                        words: isForgotten ? changedWords(event, payload) : []))
            }
        } catch {
            if case .system(let reason, _) = error, reason.isNotFound { return }
            throw error
        }
    }

    /// What is left of an event's words in which the person stands: the identifier in a form that is known or, where
    /// identity was raw, that the event itself has, and any email address then.
    private mutating func changedWords(_ event: EventView, _ payload: Span<UInt8>) -> [ForgottenEvent.Word] {
        var identifiers = person.identifiers
        if let cuid = event.range(of: .cuid) { identifiers.append(payload.extracting(cuid.offsets).toArray()) }
        buffer.removeAll()
        writer.append(
            event, in: payload, token: nil,
            verdict: FrozenVerdict(
                engagementClass: .unknown, reason: "", rules: "", client: "", device: "", country: nil),
            masking: identifiers, into: &buffer)
        let words = buffer.withSpan { ForgottenEvent.changedWords(of: event, payload, in: $0) }
        if !words.isEmpty { plan.needsRebuild = true }
        return words
    }

    private mutating func number(of verdict: FrozenVerdict) -> Int {
        if let known = places[verdict] { return known }
        plan.verdicts.append(verdict)
        places[verdict] = plan.verdicts.count - 1
        return plan.verdicts.count - 1
    }

    // MARK: -

    private consuming func end() -> ForgettingPlan {
        var plan = plan
        var nodes: Set<UInt64> = []
        for (finding, changes) in zip(findings, changes) where finding.segment.isClosed {
            guard finding.hasRemains || !changes.isEmpty else { continue }
            let ordered = changes.sorted { $0.sequence < $1.sequence }
            plan.segments.append(
                ForgettingPlan.Segment(
                    shard: finding.segment.shard, firstSequence: finding.segment.firstSequence, changes: ordered))
            let forgotten = UInt64(ordered.reduce(0) { $0 + ($1.isForgotten ? 1 : 0) })
            plan.receipt.events += forgotten
            plan.receipt.verdictsKept += UInt64(ordered.count) - forgotten
            guard forgotten > 0 else { continue }
            nodes.insert(finding.segment.shard.node)
            let times = finding.matches.map(\.timeNanoseconds)
            plan.receipt.firstNanoseconds = [plan.receipt.firstNanoseconds, times.min()].compactMap { $0 }.min()
            plan.receipt.lastNanoseconds = [plan.receipt.lastNanoseconds, times.max()].compactMap { $0 }.max()
        }
        plan.segments.sort { ($0.shard, $0.firstSequence) < ($1.shard, $1.firstSequence) }
        plan.receipt.segments = UInt64(plan.segments.count)
        plan.receipt.nodes = UInt64(nodes.count)
        return plan
    }
}
