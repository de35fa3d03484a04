import Bytes
package import Campaigns
package import Journal
import LinuxSystem
import Synchronization

/// Walks every record of every shard, and every page of the store, and says what is whole and what isn't: `tremolo
/// verify`.
///
/// **Shape.** A segment, or a few small ones, is a piece that is read by itself, by two threads a processor, up to
/// `threadsMax`: while one waits for the disk the other computes. What is not whole is told in the order of shards and
/// segments all the same. Reading gives way to whoever else wants the processor, and what is read takes the place of
/// nothing that others use in the page cache (`SegmentReader`). Memory is 256 KiB a thread and 1 MiB for what waits to
/// be told, however large the journal is (Documentation/decisions/0011).
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
        /// Events that the store has counted and that have not expired; nil when there is no store.
        package var counted: UInt64?
        /// Events that are whole and not counted yet; nil when there is no store.
        package var pending: UInt64?
        /// Events that the store has counted and that are not whole in the journal any more: a rebuild leaves them out.
        package var missing: UInt64 = 0
        /// Events that the store has counted and whose records retention has deleted.
        package var expired: UInt64 = 0
        /// What retention has deleted of the shard, as the sealed store has it.
        package var expiry: ShardExpiry
    }

    /// What the journal holds.
    package struct Result: Equatable, Sendable {
        /// The shards in the order of their names.
        package var shards: [Shard] = []
        /// True when nothing is damaged, the store included, and nothing that was counted is missing, be it a whole
        /// shard. What has expired is neither.
        package var isWhole: Bool {
            !hasTrouble && !store.isDamaged && !(sealed?.isDamage ?? false) && shards.allSatisfy { $0.missing == 0 }
        }
        /// False when it was called off: the counts are those of what was read until then.
        package var isComplete = true
        /// What the store is.
        package var store = StoreCondition.none
        /// Why the sealed figures can't be trusted; nil when they can, and when there are none.
        package var sealed: SealedTrouble?
        /// There are sealed figures.
        package var hasSealed = false
        /// Processes that ended without stopping: their shard 0.
        package var interrupted: [ShardIdentity] = []
        /// Something is damaged, though perhaps no record of it is missing.
        var hasTrouble = false

        /// The sums over all shards, of damage and losses with those that have expired.
        package var totals: (events: UInt64, lost: UInt64, damaged: UInt64) {
            shards.reduce((0, 0, 0)) { sums, shard in
                (
                    sums.0 + shard.events, sums.1 + shard.lost + shard.expiry.lost,
                    sums.2 + shard.damaged + shard.expiry.damaged
                )
            }
        }

        /// Events that have expired, of all shards.
        package var expiredEvents: UInt64 { shards.reduce(0) { $0 + $1.expired } }
    }

    private let folder: DataFolder
    private let threads: Int

    /// The most threads that read: few disks give more than as many take.
    private static let threadsMax = 8

    /// How long a reader may take to end once it was called off.
    private static let endNanoseconds: UInt64 = 1_000_000_000

    /// Checks a folder, beside its running server or without one.
    package init(_ folder: DataFolder) {
        self.init(folder, threads: min(2 * Host.processorCount, Self.threadsMax))
    }

    /// The same with a number of threads.
    init(_ folder: DataFolder, threads: Int) {
        self.folder = folder
        self.threads = threads
    }

    /// What a person should know of the sealed figures.
    package func note(onSealed trouble: SealedTrouble?) -> String? { trouble?.sentence(folder.sealed) }

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
        let files = StoreFolder(folder)
        let node = (try? NodeFile.read(folder.node)) ?? nil
        let isTrusted = files.sealedTrouble(counted: [], node: node, thoroughly: false) == nil
        let expiry = isTrusted ? Self.expiry(of: folder) : [:]
        // The store is read first: what is counted meanwhile is in the journal already.
        let (store, counted) = StoreCondition.look(at: files, expiry: expiry)
        let sealed = files.sealedTrouble(
            counted: counted.map { Array($0.values) } ?? [], node: node, thoroughly: true)
        let shards: [JournalDirectory.Shard]
        let interrupted: [ShardIdentity]
        do throws(JournalError) {
            shards = try JournalDirectory.scan(folder.journal).sorted { $0.identity < $1.identity }
            interrupted = try EpochEnd.interrupted(folder.journal)
        } catch {
            throw EdgeError(error)
        }
        let plan = Plan(shards, counted, expiry, knowsExpiry: isTrusted)
        let board = JournalCheckBoard(pieceCount: plan.pieces.count)
        let tallies = try read(plan, board, isCalledOff: isCalledOff, onTrouble: onTrouble, progress: progress)
        var result = Result(isComplete: !board.isStopped, store: store, sealed: sealed, interrupted: interrupted)
        result.hasSealed = files.sealedStamp() != nil
        // Retention may have gone on meanwhile.
        let now = isTrusted ? Self.expiry(of: folder) : [:]
        for (shard, tally) in zip(shards, tallies) {
            result.shards.append(
                Self.judge(
                    shard, tally, counted, before: expiry[shard.identity], now: now[shard.identity],
                    isComplete: result.isComplete))
            result.hasTrouble = result.hasTrouble || tally.hasTrouble
        }
        result.shards += Self.gone(counted ?? [:], now, beside: shards, onTrouble)
        result.shards.sort { $0.shard < $1.shard }
        return result
    }

    /// What has expired. Where that can't be read, or is another node's, what is gone is told as missing.
    private static func expiry(of folder: DataFolder) -> [ShardIdentity: ShardExpiry] {
        (try? ExpiredRecords.table(of: folder)) ?? [:]
    }

    // MARK: Reading

    /// The pieces of all shards in their order, and the shard of each by its place.
    private struct Plan: Sendable {
        var pieces: [JournalPiece] = []
        var places: [Int] = []
        var shardCount = 0
        /// What expires while this goes on is asked for where records are missing.
        let knowsExpiry: Bool
        var bytes: UInt64 { pieces.reduce(0) { $0 + $1.bytes } }

        init(
            _ shards: [JournalDirectory.Shard], _ counted: [ShardIdentity: ShardCheckpoint]?,
            _ expiry: [ShardIdentity: ShardExpiry], knowsExpiry: Bool
        ) {
            self.knowsExpiry = knowsExpiry
            shardCount = shards.count
            for (place, shard) in shards.enumerated() {
                let checkpoint = counted?[shard.identity]?.position.nextSequence ?? 0
                // What is missing before the first segment belongs to the first piece, unless it has expired.
                let expired = expiry[shard.identity]?.nextSequence ?? 0
                var (start, bytes) = (expired, UInt64(0))
                func add(end: UInt64?) {
                    pieces.append(
                        JournalPiece(
                            shard: shard.identity, firstSequence: start, endSequence: end,
                            countedSequence: checkpoint, bytes: bytes))
                    places.append(place)
                }
                for first in shard.segments {
                    if bytes >= Self.pieceBytes, first > expired {
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
        let (journal, folder) = (folder.journal, folder)
        var readers: [SystemThread] = []
        do throws(SystemError) {
            for number in 0..<max(1, min(threads, plan.pieces.count)) {
                readers.append(
                    try SystemThread.start(name: "verify-\(number)", niceness: 10) {
                        while let index = board.claim() {
                            Self.read(index, of: plan, in: journal, folder, board, tallies)
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
        _ index: Int, of plan: Plan, in journal: String, _ folder: DataFolder, _ board: JournalCheckBoard,
        _ tallies: TallyTable
    ) {
        let piece = plan.pieces[index]
        var read: UInt64 = 0
        do throws(JournalError) {
            let tally = try piece.read(
                in: journal, expiredBelow: { plan.knowsExpiry ? ExpiredRecords.below($0, in: folder) : 0 },
                onTrouble: { board.add($0, of: index) }
            ) { bytes in
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

    /// - Parameters:
    ///   - before: what had expired before the shard was read.
    ///   - now: what has by now.
    private static func judge(
        _ shard: JournalDirectory.Shard, _ tally: JournalPiece.Tally, _ counted: [ShardIdentity: ShardCheckpoint]?,
        before: ShardExpiry?, now: ShardExpiry?, isComplete: Bool
    ) -> Shard {
        var checked = Shard(
            shard: shard.identity, segments: shard.segments.count,
            expiry: before ?? ShardExpiry(shard: shard.identity))
        checked.records = tally.records
        checked.events = tally.events
        checked.lost = tally.lost
        checked.damaged = tally.damaged
        checked.expired = checked.expiry.events
        if let counted {
            let told = counted[shard.identity].map { $0.counted + $0.expired } ?? 0
            let gone = told > tally.countedEvents ? told - tally.countedEvents : 0
            // Called off, it has not seen what is not gone. What expired while it was read was read, or was not.
            if isComplete { checked.expired = min(now?.events ?? 0, gone) }
            checked.counted = told - min(told, checked.expired)
            checked.pending = tally.events - tally.countedEvents
            if isComplete { checked.missing = missing(gone, now) }
        }
        return checked
    }

    /// Of the events that were counted and are not whole any more, those that have not expired. What was damaged when
    /// it expired may have been counted before that.
    private static func missing(_ gone: UInt64, _ expiry: ShardExpiry?) -> UInt64 {
        let known = (expiry?.events ?? 0) + (expiry?.damaged ?? 0)
        return gone > known ? gone - known : 0
    }

    /// Shards that are not in the journal any more, with their whole folder: they have expired, or the store has
    /// counted events of them that are missing.
    private static func gone(
        _ counted: [ShardIdentity: ShardCheckpoint], _ expiry: [ShardIdentity: ShardExpiry],
        beside found: [JournalDirectory.Shard], _ onTrouble: (JournalTrouble) -> Void
    ) -> [Shard] {
        let there = Set(found.map(\.identity))
        let shards = Set(counted.values.filter { $0.counted + $0.expired > 0 }.map(\.shard)).union(expiry.keys)
        return shards.subtracting(there).sorted().map { identity in
            let known = expiry[identity] ?? ShardExpiry(shard: identity)
            var shard = Shard(shard: identity, segments: 0, expiry: known)
            shard.expired = known.events
            let told = counted[identity].map { $0.counted + $0.expired } ?? 0
            shard.missing = missing(told, known)
            shard.counted = shard.missing
            shard.pending = 0
            if shard.missing > 0 { onTrouble(.missing(identity, events: shard.missing)) }
            return shard
        }
    }
}
