import Bytes
import Campaigns
package import Journal
import LinuxSystem
import Synchronization

/// Walks every record of every shard, and every page of the store, and says what is whole and what isn't: `tremolo
/// verify`.
///
/// **Shape.** A segment, or a few small ones, is a piece that is read by itself, by as many threads as there are
/// processors, up to `threadsMax`; what is not whole is told in the order of shards and segments all the same. Reading
/// gives way to whoever else wants the processor, and what is read takes the place of nothing that others use in the
/// page cache (`SegmentReader`). Memory is 1 MiB a thread and 1 MiB for what waits to be told, however large the
/// journal is (Documentation/decisions/0011).
///
/// **Beside a running server** it is as good as without one: what is still being written is the end.
package struct JournalCheck: Sendable {
    /// What one shard holds.
    package struct Shard: Equatable, Sendable {
        /// The shard.
        package let shard: ShardIdentity
        /// Its segments.
        package let segments: Int
        /// Records that are whole, of every kind.
        package var records: UInt64 = 0
        /// Events among them that can be decoded.
        package var events: UInt64 = 0
        /// Events that gap records say were lost.
        package var lost: UInt64 = 0
        /// Records that are damaged, and records that can't be decoded.
        package var damaged: UInt64 = 0
        /// Events that the store has counted; nil when there is no store.
        package var counted: UInt64?
        /// Events that are whole and not counted yet; nil when there is no store.
        package var pending: UInt64?
        /// Events that the store has counted and that are not whole in the journal any more: a rebuild leaves them out.
        package var missing: UInt64 = 0
    }

    /// What the journal holds.
    package struct Result: Equatable, Sendable {
        /// The shards in the order of their names.
        package var shards: [Shard] = []
        /// True when nothing is damaged, the store included, and nothing that was counted is missing, be it a whole
        /// shard.
        package var isWhole: Bool { !hasTrouble && !store.isDamaged && shards.allSatisfy { $0.missing == 0 } }
        /// False when it was called off: the counts are those of what was read until then.
        package var isComplete = true
        /// What the store is.
        package var store = StoreCondition.none
        /// Processes that ended without stopping: their shard 0.
        package var interrupted: [ShardIdentity] = []
        /// Something is damaged, though perhaps no record of it is missing.
        var hasTrouble = false

        /// The sums over all shards.
        package var totals: (events: UInt64, lost: UInt64, damaged: UInt64) {
            shards.reduce((0, 0, 0)) { ($0.0 + $1.events, $0.1 + $1.lost, $0.2 + $1.damaged) }
        }
    }

    private let folder: DataFolder
    private let threads: Int

    /// The most threads that read: few disks give more than as many take.
    private static let threadsMax = 4

    /// How long a reader may take to end once it was called off.
    private static let endNanoseconds: UInt64 = 1_000_000_000

    /// Checks a folder, beside its running server or without one.
    package init(_ folder: DataFolder) {
        self.init(folder, threads: min(Host.processorCount, Self.threadsMax))
    }

    /// The same with a number of threads.
    init(_ folder: DataFolder, threads: Int) {
        self.folder = folder
        self.threads = threads
    }

    /// Reads everything.
    ///
    /// - Parameters:
    ///   - isCalledOff: asked ten times a second; when it says true, reading ends and the result is what there is.
    ///   - onTrouble: told of what is not whole, in the order of shards and segments.
    ///   - progress: told so many bytes of so many, ten times a second.
    package func run(
        isCalledOff: () -> Bool = { false }, onTrouble: (JournalTrouble) -> Void,
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(EdgeError) -> Result {
        try folder.requireThere()
        // The store is read first: what is counted meanwhile is in the journal already.
        let (store, counted) = StoreCondition.look(at: StoreFolder(folder))
        let shards: [JournalDirectory.Shard]
        let interrupted: [ShardIdentity]
        do throws(JournalError) {
            shards = try JournalDirectory.scan(folder.journal).sorted { $0.identity < $1.identity }
            interrupted = try EpochEnd.interrupted(folder.journal)
        } catch {
            throw EdgeError(error)
        }
        let plan = Plan(shards, counted)
        let board = JournalCheckBoard(pieceCount: plan.pieces.count)
        let tallies = try read(plan, board, isCalledOff: isCalledOff, onTrouble: onTrouble, progress: progress)
        var result = Result(isComplete: !board.isStopped, store: store, interrupted: interrupted)
        for (shard, tally) in zip(shards, tallies) {
            result.shards.append(Self.judge(shard, tally, counted, isComplete: result.isComplete))
            result.hasTrouble = result.hasTrouble || tally.hasTrouble
        }
        result.shards += Self.missing(counted ?? [:], beside: shards, onTrouble: onTrouble)
        result.shards.sort { $0.shard < $1.shard }
        return result
    }

    // MARK: Reading

    /// The pieces of all shards in their order, and the shard of each by its place.
    private struct Plan: Sendable {
        var pieces: [JournalPiece] = []
        var places: [Int] = []
        var shardCount = 0
        var bytes: UInt64 { pieces.reduce(0) { $0 + $1.bytes } }

        init(_ shards: [JournalDirectory.Shard], _ counted: [ShardIdentity: ShardCheckpoint]?) {
            shardCount = shards.count
            for (place, shard) in shards.enumerated() {
                let checkpoint = counted?[shard.identity]?.position.nextSequence ?? 0
                // What is missing before the first segment belongs to the first piece.
                var (start, bytes) = (UInt64(0), UInt64(0))
                func add(end: UInt64?) {
                    pieces.append(
                        JournalPiece(
                            shard: shard.identity, firstSequence: start, endSequence: end,
                            countedSequence: checkpoint, bytes: bytes))
                    places.append(place)
                }
                for first in shard.segments {
                    if bytes >= Self.pieceBytes {
                        add(end: first)
                        (start, bytes) = (first, 0)
                    }
                    // A segment that can't be looked at is told of when it is read.
                    bytes += (try? Files.status(shard.segmentPath(first)))?.sizeBytes ?? 0
                }
                add(end: nil)
            }
        }

        /// Segments are read together until they have so many bytes: each piece lists its shard's folder once.
        private static let pieceBytes: UInt64 = 128 << 20
    }

    /// Lets the pieces be read.
    ///
    /// - Returns: what each shard holds.
    private func read(
        _ plan: Plan, _ board: JournalCheckBoard, isCalledOff: () -> Bool, onTrouble: (JournalTrouble) -> Void,
        progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> [JournalPiece.Tally] {
        let tallies = TallyTable(count: plan.shardCount)
        let journal = folder.journal
        var readers: [SystemThread] = []
        do throws(SystemError) {
            for number in 0..<max(1, min(threads, plan.pieces.count)) {
                readers.append(
                    try SystemThread.start(name: "verify-\(number)", niceness: 10) {
                        while let index = board.claim() {
                            Self.read(index, of: plan, in: journal, board, tallies)
                        }
                    })
            }
        } catch {
            board.stop()
            for reader in readers { reader.join() }
            throw .file(path: "threads of the process", error)
        }
        let total = plan.bytes
        progress(0, total)
        var givenUpNanoseconds: UInt64?
        while true {
            let taken = board.take()
            for trouble in taken.troubles { onTrouble(trouble) }
            if taken.isLast {
                for reader in readers { reader.join() }
                break
            }
            progress(board.doneBytes, total)
            if givenUpNanoseconds == nil, isCalledOff() {
                board.stop()
                givenUpNanoseconds = SystemClock.monotonicNanoseconds() + Self.endNanoseconds
            }
            // A disk that hangs keeps its reader; nobody else waits for it.
            if let givenUpNanoseconds, SystemClock.monotonicNanoseconds() > givenUpNanoseconds { break }
            board.wait()
        }
        if let failure = board.failure { throw EdgeError(failure) }
        return tallies.all
    }

    private static func read(
        _ index: Int, of plan: Plan, in journal: String, _ board: JournalCheckBoard, _ tallies: TallyTable
    ) {
        let piece = plan.pieces[index]
        var read: UInt64 = 0
        do throws(JournalError) {
            let tally = try piece.read(in: journal, onTrouble: { board.add($0, of: index) }) { bytes in
                read += bytes
                return board.advance(bytes)
            }
            tallies.add(tally, at: plan.places[index])
            // Heads, and what was passed over.
            _ = board.advance(piece.bytes > read ? piece.bytes - read : 0)
            board.finish(index, failure: nil)
        } catch {
            board.finish(index, failure: error)
        }
    }

    /// What was found of each shard, added up by whoever read a piece of it.
    private final class TallyTable: Sendable {
        private let tallies: Mutex<[JournalPiece.Tally]>

        init(count: Int) {
            tallies = Mutex(Array(repeating: JournalPiece.Tally(), count: count))
        }

        var all: [JournalPiece.Tally] { tallies.withLock { $0 } }

        func add(_ tally: JournalPiece.Tally, at place: Int) {
            tallies.withLock { $0[place].add(tally) }
        }
    }

    // MARK: Judging

    private static func judge(
        _ shard: JournalDirectory.Shard, _ tally: JournalPiece.Tally, _ counted: [ShardIdentity: ShardCheckpoint]?,
        isComplete: Bool
    ) -> Shard {
        var checked = Shard(shard: shard.identity, segments: shard.segments.count)
        checked.records = tally.records
        checked.events = tally.events
        checked.lost = tally.lost
        checked.damaged = tally.damaged
        if let counted {
            let told = counted[shard.identity]?.counted ?? 0
            checked.counted = told
            checked.pending = tally.events - tally.countedEvents
            if isComplete, told > tally.countedEvents { checked.missing = told - tally.countedEvents }
        }
        return checked
    }

    /// Shards that the store has counted events of and that are not in the journal any more, with their whole folder.
    private static func missing(
        _ counted: [ShardIdentity: ShardCheckpoint], beside found: [JournalDirectory.Shard],
        onTrouble: (JournalTrouble) -> Void
    ) -> [Shard] {
        let there = Set(found.map(\.identity))
        let missing = counted.values.filter { $0.counted > 0 && !there.contains($0.shard) }
        return missing.sorted { $0.shard < $1.shard }.map { checkpoint in
            let (shard, events) = (checkpoint.shard, checkpoint.counted)
            onTrouble(.missing(shard, events: events))
            return Shard(shard: shard, segments: 0, counted: events, pending: 0, missing: events)
        }
    }
}
