import Bytes
import Engagement
import Journal
import LinuxSystem
import Synchronization

/// Finds a person's events in a journal, by several threads as `tremolo verify` reads it. What it has found in a
/// segment that nobody writes to it knows: the next look reads only what is new.
final class ForgettingSearch: Sendable {
    /// A segment, and what of it can be read.
    struct Segment: Equatable, Sendable {
        var shard: ShardIdentity
        var firstSequence: UInt64
        /// What stands here from this sequence on is not read.
        var endSequence: UInt64?
        /// Nobody writes to it, or has it in hand.
        var isClosed: Bool
        var path: String
    }

    /// One of the person's events.
    struct Match: Equatable, Sendable {
        var sequence: UInt64
        var timeNanoseconds: UInt64
        var orderNanoseconds: UInt64
    }

    /// What was found in a segment.
    struct Finding: Sendable {
        var segment: Segment
        /// The least and the greatest order time of its events; the other way round where it holds none.
        var orders: (first: UInt64, last: UInt64) = (.max, 0)
        var matches: [Match] = []
        /// Pseudonyms of events that were found by their raw identifier alone: their event key is not there.
        var otherSubjects: Set<EventSubject> = []
        /// A pseudonym of the person stands in bytes that are no record.
        var hasRemains = false
    }

    private struct Place: Hashable {
        let shard: ShardIdentity
        let firstSequence: UInt64
    }

    private let folder: DataFolder
    private let threads: Int
    private let state: Mutex<State>

    private struct State {
        var person: EventPerson
        /// What stands in segments that nobody writes to.
        var known: [Place: Finding] = [:]
    }

    /// - Parameter threads: how many read at once.
    init(_ folder: DataFolder, _ person: EventPerson, threads: Int) {
        self.folder = folder
        self.threads = threads
        state = Mutex(State(person: person))
    }

    /// Who is looked for, under every pseudonym that is known by now.
    var person: EventPerson { state.withLock { $0.person } }

    /// Looks for events under these pseudonyms too. Where one is new, the next look reads everything again.
    func add(_ subjects: some Sequence<EventSubject>) {
        state.withLock { state in
            if state.person.add(subjects) { state.known = [:] }
        }
    }

    /// Looks through the whole journal. Whoever is found by a raw identifier is looked for by the pseudonyms that stand
    /// beside it as well: figures take all events of one for one person's.
    ///
    /// - Parameters:
    ///   - live: the shards whose writers run in this process.
    ///   - progress: told so many bytes of so many.
    func look(
        live: [ShardIdentity: ShardProgress], progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> [Finding] {
        while true {
            let findings = try lookOnce(live, progress)
            let others = findings.reduce(into: Set()) { $0.formUnion($1.otherSubjects) }
            if others.isEmpty { return findings }
            add(others)
        }
    }

    private func lookOnce(
        _ live: [ShardIdentity: ShardProgress], _ progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> [Finding] {
        let segments = try Self.segments(folder, live)
        let (found, left) = state.withLock { state in
            let found = segments.map { state.known[Place(shard: $0.shard, firstSequence: $0.firstSequence)] }
            return (found, zip(segments, found).filter { $1 == nil }.map { $0.0 })
        }
        let read = try read(left, progress)
        state.withLock { state in
            for finding in read where finding.segment.isClosed {
                state.known[Place(shard: finding.segment.shard, firstSequence: finding.segment.firstSequence)] = finding
            }
        }
        return found.compactMap { $0 } + read
    }

    /// Every segment of the journal but those of `admin` shards, which hold no event.
    private static func segments(
        _ folder: DataFolder, _ live: [ShardIdentity: ShardProgress]
    ) throws(EdgeError) -> [Segment] {
        var segments: [Segment] = []
        do throws(JournalError) {
            for shard in try JournalDirectory.scan(folder.journal) where !shard.identity.isAdmin {
                let progress = live[shard.identity]
                for (place, first) in shard.segments.enumerated() {
                    let next = place + 1 < shard.segments.count ? shard.segments[place + 1] : nil
                    let end = next ?? progress.map { $0.readable().nextSequence }
                    if let end, end <= first { continue }
                    segments.append(
                        Segment(
                            shard: shard.identity, firstSequence: first, endSequence: end,
                            isClosed: progress.map { $0.releasedBelow >= end ?? .max } ?? true,
                            path: shard.segmentPath(first)))
                }
            }
        } catch {
            throw EdgeError(error)
        }
        return segments
    }

    // MARK: Reading

    /// What the readers share.
    private final class Board: Sendable {
        let next = Atomic(0)
        let findings = Mutex<[Finding]>([])
        let failure = Mutex<EdgeError?>(nil)
        let doneBytes = Atomic<UInt64>(0)
        let ended = Atomic(0)
    }

    private func read(
        _ segments: [Segment], _ progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> [Finding] {
        let board = Board()
        let person = person
        let sizes = segments.map { (try? Files.status($0.path).sizeBytes) ?? 0 }
        let total = sizes.reduce(0, +)
        let work: @Sendable () -> Void = { [self] in
            defer { board.ended.add(1, ordering: .releasing) }
            while board.failure.withLock({ $0 == nil }) {
                let index = board.next.add(1, ordering: .relaxed).oldValue
                guard index < segments.count else { break }
                do throws(EdgeError) {
                    let finding = try read(segments[index], person)
                    board.findings.withLock { $0.append(finding) }
                } catch {
                    board.failure.withLock { $0 = error }
                }
                board.doneBytes.add(sizes[index], ordering: .relaxed)
            }
        }
        do throws(SystemError) {
            var readers: [SystemThread] = []
            for number in 0..<max(1, min(threads, segments.count)) {
                readers.append(try SystemThread.start(name: "forget-\(number)", niceness: 10, body: work))
            }
            while board.ended.load(ordering: .acquiring) < readers.count {
                progress(board.doneBytes.load(ordering: .relaxed), total)
                SystemThread.sleep(nanoseconds: Self.paceNanoseconds)
            }
            for reader in readers { reader.join() }
        } catch {
            throw .file(path: "threads of the process", error)
        }
        if let failure = board.failure.withLock({ $0 }) { throw failure }
        return board.findings.withLock { $0 }
    }

    private static let paceNanoseconds: UInt64 = 2_000_000

    private func read(_ segment: Segment, _ person: EventPerson) throws(EdgeError) -> Finding {
        var finding = Finding(segment: segment)
        let sweep = SegmentSweep(path: segment.path, endSequence: segment.endSequence)
        let patterns = Set(person.subjects.map { $0.pseudonym.withSpan { $0.toArray() } })
        do throws(JournalError) {
            try sweep.forEach { (piece, payload) throws(JournalError) in
                switch piece {
                case .junk(let range):
                    guard segment.isClosed, !finding.hasRemains else { return }
                    finding.hasRemains = try sweep.holds(patterns, in: range)
                case .record(let record):
                    guard record.kind == .event, let order = Self.orderNanoseconds(payload) else { return }
                    finding.orders = (min(finding.orders.first, order), max(finding.orders.last, order))
                    guard person.isIn(payload, version: record.version) else { return }
                    finding.matches.append(
                        Match(
                            sequence: record.sequence, timeNanoseconds: payload.littleEndian(at: 0),
                            orderNanoseconds: order))
                    if let subject = EventPerson.subject(payload), !person.subjects.contains(subject) {
                        finding.otherSubjects.insert(subject)
                    }
                }
            }
        } catch {
            switch error {
            case .headerDamaged: finding.hasRemains = try remains(sweep, patterns)
            // Retention is quicker.
            case .system(let reason, _) where reason.isNotFound: break
            default: throw EdgeError(error)
            }
        }
        return finding
    }

    private func remains(
        _ sweep: borrowing SegmentSweep, _ patterns: Set<[UInt8]>
    ) throws(EdgeError) -> Bool {
        do throws(JournalError) {
            return try sweep.holds(patterns, in: try sweep.whole())
        } catch {
            throw EdgeError(error)
        }
    }

    /// The order time of an event that is not decoded; nil for what is too short for one.
    static func orderNanoseconds(_ payload: Span<UInt8>) -> UInt64? {
        guard payload.count >= 40 else { return payload.count >= 32 ? payload.littleEndian(at: 0) : nil }
        let flags = EventFlags(rawValue: payload.littleEndian(at: 14))
        return payload.littleEndian(at: flags.contains(.late) ? 32 : 0)
    }
}
