import Bytes
import LinuxSystem

/// Takes segments of other journals into this one.
///
/// **Problem.** Two nodes behind one balancer write two journals, and one report is to be made of them. Segments come
/// as somebody's copies: again and again, in any order, half of them, from a folder that is being copied to meanwhile.
/// The aggregator follows this journal all the time and must find each record once.
///
/// **Shape.** A record's identity decides, not the file that it lies in. For each segment that is offered it is asked
/// which of its records are not here. They are copied into a file beside the journal's folders, synced, read back, and
/// given the name of their first sequence: a new segment, with the identity and the salt of the one that they come
/// from. So a segment that was half copied the last time is no other case: its rest becomes a segment behind the first
/// half. No file that somebody may be reading is ever written to or replaced.
///
/// **Guarantees.** What is in the journal is whole, synced, and there once. What is here already is not taken again.
/// Records are put behind a shard's last one without a hole (unless `takesAsItIs`), because whoever has read past a
/// hole does not come back. Killed at any moment, it leaves at most the file `importing`, which readers ignore and the
/// next import replaces. A second run goes on where the first one ended.
///
/// **Not promised.** What is here is not compared with what is offered beyond the header, unless more is put behind it.
/// A damaged record here is not mended by a whole copy of it. One import at a time works on a journal: whoever owns the
/// data folder sees to that.
package final class JournalImport {
    /// What is taken that is left for later otherwise.
    package struct Options: Equatable, Sendable {
        /// Segments that may still be written to: their nodes run no more. The rest of one comes later all the same.
        package var takesOpen = false
        /// Segments before which records are missing: these will never come. They count as damaged, also if they come.
        package var takesAsItIs = false

        /// - Parameters: as the properties.
        package init(takesOpen: Bool = false, takesAsItIs: Bool = false) {
            self.takesOpen = takesOpen
            self.takesAsItIs = takesAsItIs
        }
    }

    /// Whoever wants to know how it goes, and may end it.
    package struct Observer {
        let onRemark: (ImportRemark) -> Void
        let onProgress: (UInt64, UInt64) -> Void
        let isStopped: () -> Bool
        let roomBytes: () -> UInt64
        let isSame: (Span<UInt8>, Span<UInt8>) -> Bool

        /// - Parameters:
        ///   - onRemark: told of what is not taken, and why.
        ///   - onProgress: told so many bytes of so many; several times in each segment that is copied.
        ///   - isStopped: asked often; true ends the import.
        ///   - roomBytes: asked before each copy: how much room it may take.
        ///   - isSame: says of the payloads of two records, the one here first, whether they are one record: what was
        ///     rewritten here is not what is offered.
        package init(
            onRemark: @escaping (ImportRemark) -> Void, onProgress: @escaping (UInt64, UInt64) -> Void = { _, _ in },
            isStopped: @escaping () -> Bool = { false }, roomBytes: @escaping () -> UInt64 = { .max },
            isSame: @escaping (Span<UInt8>, Span<UInt8>) -> Bool = { $0.equals($1) }
        ) {
            self.isSame = isSame
            self.onRemark = onRemark
            self.onProgress = onProgress
            self.isStopped = isStopped
            self.roomBytes = roomBytes
        }
    }

    let journalFolder: String
    let options: Options
    let observer: Observer
    let storage: any JournalStorage
    let source: any JournalStorage
    /// What was done so far.
    package internal(set) var tally = ImportTally()
    /// Data folders that segments came from: folders in which a journal lies.
    package private(set) var dataFolders: Set<String> = []
    private let writes: (ShardIdentity) -> Bool
    private let expiredBelow: (ShardIdentity) -> UInt64
    /// What is no segment is named up to so many times: somebody may give the root of a disk.
    static let namedItemsMax: UInt64 = 100
    private var progress: (done: UInt64, total: UInt64) = (0, 0)

    /// Prepares an import.
    ///
    /// - Parameters:
    ///   - journalFolder: this journal, which is there.
    ///   - writes: true for a shard that a running process writes here: all of it is here, and nothing is put behind
    ///     it.
    ///   - expiredBelow: records of a shard below this sequence were counted and are gone for good where they are not
    ///     here: they are not taken again. 0 when nothing has expired.
    ///   - storage: the disk of this journal.
    ///   - source: the disk that is looked through.
    package init(
        into journalFolder: String, options: Options, writes: @escaping (ShardIdentity) -> Bool,
        expiredBelow: @escaping (ShardIdentity) -> UInt64, observer: Observer,
        storage: any JournalStorage = LinuxStorage(), source: any JournalStorage = LinuxStorage()
    ) {
        self.journalFolder = journalFolder
        self.options = options
        self.writes = writes
        self.expiredBelow = expiredBelow
        self.observer = observer
        self.storage = storage
        self.source = source
    }

    /// Takes what is not here of the segments in a folder: a data folder, a journal, an epoch's or a shard's folder, or
    /// any folder above these.
    ///
    /// - Parameter folder: its absolute path, in which no name is a symbolic link.
    package func run(from folder: String) throws(ImportError) -> ImportTally {
        tally = ImportTally()
        var search = SegmentSearch(storage: source, isStopped: observer.isStopped) { [self] in remark($0) }
        try search.look(in: folder)
        if tally.passedOverItems > Self.namedItemsMax {
            remark(.unnamed(count: tally.passedOverItems - Self.namedItemsMax))
        }
        let others = tally.refusedSegments + tally.waitingSegments + tally.unreadableItems
        guard !search.segments.isEmpty || others > 0 else { throw .noSegment(folder: folder) }
        progress = (0, search.totalBytes)
        dataFolders = search.dataFolders
        let here: [JournalDirectory.Shard]
        do throws(JournalError) {
            here = try JournalDirectory.scan(journalFolder, storage: storage)
        } catch {
            throw .journal(error)
        }
        var newest = search.newestEpochs
        for shard in here { newest[shard.identity.node] = max(newest[shard.identity.node] ?? 0, shard.identity.epoch) }
        let segments = Dictionary(uniqueKeysWithValues: here.map { ($0.identity, $0.segments) })
        for (shard, offered) in search.segments.sorted(by: { $0.key < $1.key }) {
            let isEnded =
                search.endedEpochs.contains(shard.epochFolderName) || shard.epoch < newest[shard.node] ?? 0
            try take(offered, of: shard, isEnded: isEnded, here: segments[shard] ?? [])
        }
        return tally
    }

    /// Says how far a segment is copied that is being copied.
    func show(copiedBytes: UInt64) {
        observer.onProgress(min(progress.done + copiedBytes, progress.total), progress.total)
    }

    // MARK: One shard

    private func take(
        _ offered: [UInt64: [OfferedSegment]], of shard: ShardIdentity, isEnded: Bool, here: [UInt64]
    ) throws(ImportError) {
        var local = LocalShard(
            shard, segments: here, floor: expiredBelow(shard), journalFolder: journalFolder, storage: storage)
        // The name that an earlier import gave last may not be durable. From here on it is told to be here.
        if !here.isEmpty { try synchronizeFolders(of: shard) }
        let firsts = offered.keys.sorted()
        var isWaiting = false
        for (place, first) in firsts.enumerated() {
            let limit = place + 1 < firsts.count ? firsts[place + 1] : nil
            let isClosed = isEnded || limit != nil || first < here.last ?? 0 || options.takesOpen
            // The longest copy first, so that few segments are made of several.
            for segment in (offered[first] ?? []).sorted(by: { $0.sizeBytes > $1.sizeBytes }) {
                if observer.isStopped() { throw .stopped }
                var fate = writes(shard) ? .here : try take(segment, below: limit, isClosed: isClosed, &local)
                if case .waits(let hole) = fate, place > 0, hole.lowerBound > firsts[place - 1],
                    try mendEnd(offered[firsts[place - 1]] ?? [], below: first, &local)
                {
                    fate = try take(segment, below: limit, isClosed: isClosed, &local)
                }
                if case .waits(let hole) = fate, !isWaiting {
                    // The first one speaks for those behind it.
                    isWaiting = true
                    remark(.waits(path: segment.path, missing: hole))
                }
                count(fate)
                progress.done += segment.sizeBytes
                show(copiedBytes: 0)
            }
        }
    }

    /// What became of a segment that was offered.
    private enum Fate {
        case taken
        case here
        case open
        case waits(hole: Range<UInt64>)
        case changed
        case refused
        case unreadable
    }

    /// Takes what a segment that is here as long as it is offered lacks at its end: there a damaged record is told from
    /// none by what lies behind it alone, and nobody has read past it yet.
    ///
    /// - Returns: true when something was taken.
    private func mendEnd(
        _ offered: [OfferedSegment], below limit: UInt64, _ local: inout LocalShard
    ) throws(ImportError) -> Bool {
        for segment in offered {
            let fate = try take(segment, below: limit, isClosed: true, looksInside: true, &local)
            if case .taken = fate {
                count(fate)
                return true
            }
        }
        return false
    }

    private func take(
        _ segment: OfferedSegment, below limit: UInt64?, isClosed: Bool, looksInside: Bool = false,
        _ local: inout LocalShard
    ) throws(ImportError) -> Fate {
        // The one that its node goes on in, or would have gone on in, shows that those before it are closed.
        guard segment.sizeBytes > UInt64(SegmentHeader.recordsOffset) else { return .here }
        do throws(CopyTrouble) {
            if !looksInside, local.holds(segment.header.firstSequence), try isHere(segment, local) { return .here }
            var position = segment.header.firstSequence
            var isTaken = false
            while let missing = try here({ () throws(JournalError) in try local.missing(from: position, below: limit) })
            {
                guard isClosed else { return .open }
                if let hole = missing.hole, !options.takesAsItIs { return .waits(hole: hole) }
                guard let end = try copy(missing, of: segment, to: &local) else { break }
                isTaken = true
                position = end
                // The segment has no more of them.
                guard let wanted = missing.end, end >= wanted else { break }
            }
            return isTaken ? .taken : .here
        } catch {
            return try fate(of: segment, after: error)
        }
    }

    /// What trouble with one segment means for it. Others are tried, unless this journal itself can't be worked on.
    private func fate(of segment: OfferedSegment, after trouble: CopyTrouble) throws(ImportError) -> Fate {
        switch trouble {
        case .stopped: throw .stopped
        case .noRoom(let bytes): throw .noRoom(path: segment.path, bytes: bytes)
        case .changed, .source(.headerDamaged), .source(.newerFormat):
            remark(.changed(path: segment.path))
            return .changed
        case .source(.system(let reason, let path)):
            remark(.unreadable(path: path, reason))
            return .unreadable
        case .disagrees(let here):
            remark(.disagrees(path: segment.path, here: here))
            return .refused
        case .here(.headerDamaged(let here)):
            remark(.hereDamaged(path: segment.path, here: here))
            return .refused
        case .here(let error): throw .journal(error)
        }
    }

    // MARK: Counting

    private func count(_ fate: Fate) {
        switch fate {
        case .taken: tally.takenSegments += 1
        case .here: tally.hereSegments += 1
        case .open: tally.openSegments += 1
        case .waits, .changed: tally.waitingSegments += 1
        case .refused: tally.refusedSegments += 1
        // The remark has counted it.
        case .unreadable: break
        }
    }

    /// Tells of something, and counts it where no segment stands for it.
    func remark(_ remark: ImportRemark) {
        switch remark {
        case .noSegment, .noFile, .nameNotUTF8, .tooDeep:
            tally.passedOverItems += 1
            if tally.passedOverItems > Self.namedItemsMax { return }
        case .misplaced, .headerDamaged, .newerFormat: tally.refusedSegments += 1
        case .begun: tally.waitingSegments += 1
        case .unreadable(_, let error):
            tally.unreadableItems += 1
            if error.isNoPermission { tally.forbiddenItems += 1 }
        case .damaged(let damage): tally.damagedRecords += damage.missingSequences
        case .unnamed, .disagrees, .hereDamaged, .changed, .waits: break
        }
        observer.onRemark(remark)
    }
}
