import Bytes
import LinuxSystem

/// Why a segment is not copied.
enum CopyTrouble: Error {
    /// It can't be read.
    case source(JournalError)
    /// This journal can't be read or written.
    case here(JournalError)
    /// It is another one than the one that is here, at a path.
    case disagrees(here: String)
    /// It is not what it was a moment ago.
    case changed
    /// So many bytes are more than an import may take now.
    case noRoom(bytes: UInt64)
    /// Nobody wants it any more.
    case stopped
}

// How records get from a segment that is offered into one of this journal.

extension JournalImport {
    /// Where the records that are wanted lie in an offered segment.
    private struct Extent {
        /// The sequence behind the last one.
        var end: UInt64
        /// Their bytes, from the first record, or the damage before it, to the end of the last record.
        var bytes: Range<UInt64>
        var records: UInt64 = 0
        var events: UInt64 = 0
        var damages: [SegmentDamage] = []
    }

    /// Bytes that are copied before others may have the processor.
    private static let chunkBytes = 262_144
    /// Records between which a worker on the same processor may go first; a power of two.
    static let recordsPerPiece: UInt64 = 64

    /// True when the segment of that name here is the same one and as long: nothing is looked for in it then. Facts of
    /// another node may have come by the fleet's database, into segments that were made here (`ShardCopy`): of these
    /// the records decide.
    func isHere(_ segment: OfferedSegment, _ local: LocalShard) throws(CopyTrouble) -> Bool {
        let path = local.path(of: segment.header.firstSequence)
        let found = try here { () throws(JournalError) in
            let file = try Self.system(path) { () throws(SystemError) in
                try storage.openFile(path, forWriting: false)
            }
            let size = try Self.system(path) { () throws(SystemError) in try file.sizeBytes() }
            return (header: try SegmentHeader.read(from: file, path: path), size: size)
        }
        guard found.header == segment.header else {
            if found.header.shard == segment.header.shard, local.shard.isAdmin { return false }
            throw .disagrees(here: path)
        }
        return found.size >= segment.sizeBytes
    }

    /// Copies the records that are missing into a segment of their own.
    ///
    /// - Returns: the sequence behind the last one; nil when the segment has none of them.
    func copy(
        _ missing: LocalShard.Missing, of segment: OfferedSegment, to local: inout LocalShard
    ) throws(CopyTrouble) -> UInt64? {
        if let neighbour = missing.neighbour, missing.first > segment.header.firstSequence {
            try compare(segment, below: missing.first, with: local.path(of: neighbour))
        }
        guard let extent = try extent(of: missing, in: segment) else { return nil }
        let path = local.path(of: missing.first)
        if local.holds(missing.first) { try requireEmpty(path) }
        let bytes = UInt64(SegmentHeader.recordsOffset + extent.bytes.count)
        guard bytes <= observer.roomBytes() else { throw .noRoom(bytes: bytes) }
        let isNew = local.segments.isEmpty
        do throws(CopyTrouble) {
            try write(extent, of: segment, from: missing.first)
            try check(extent, from: missing.first)
            try here { () throws(JournalError) in
                try Self.system(path) { () throws(SystemError) in
                    if isNew { try storage.makeFolders(local.folder) }
                    try storage.rename(temporaryPath, to: path)
                }
            }
        } catch {
            // What went wrong first is what is told; a file that stays is replaced by the next import.
            try? storage.removeFile(temporaryPath)
            throw error
        }
        local.add(missing.first, end: extent.end)
        try here { () throws(JournalError) in
            if isNew {
                try synchronizeFolderChain(of: local.shard)
            } else {
                try Self.system(local.folder) { () throws(SystemError) in try storage.synchronizeFolder(local.folder) }
            }
        }
        tally.takenRecords += extent.records
        tally.takenEvents += extent.events
        tally.takenBytes += UInt64(extent.bytes.count)
        for damage in extent.damages { remark(.damaged(damage)) }
        return extent.end
    }

    /// Sees to it that the names of a shard's segments are durable.
    func synchronizeFolders(of shard: ShardIdentity) throws(ImportError) {
        do throws(JournalError) {
            try synchronizeFolderChain(of: shard)
        } catch {
            throw .journal(error)
        }
    }

    private func synchronizeFolderChain(of shard: ShardIdentity) throws(JournalError) {
        for folder in [journalFolder + "/" + shard.folder, journalFolder + "/" + shard.epochFolderName, journalFolder] {
            try Self.system(folder) { () throws(SystemError) in try storage.synchronizeFolder(folder) }
        }
    }

    private var temporaryPath: String { journalFolder + "/" + JournalPath.importingName }

    /// Refuses to put a segment in the place of one that holds anything.
    private func requireEmpty(_ path: String) throws(CopyTrouble) {
        let size = try here { () throws(JournalError) in
            try Self.system(path) { () throws(SystemError) in
                try storage.openFile(path, forWriting: false).sizeBytes()
            }
        }
        if size > UInt64(SegmentHeader.recordsOffset) { throw .disagrees(here: path) }
    }

    // MARK: Reading what is offered

    private func extent(
        of missing: LocalShard.Missing, in segment: OfferedSegment
    ) throws(CopyTrouble) -> Extent? {
        let reader = try open(segment, from: missing.first)
        let isWhole = missing.first == segment.header.firstSequence
        var start = isWhole ? UInt64(SegmentHeader.recordsOffset) : nil
        var extent = Extent(end: missing.first, bytes: 0..<0)
        while true {
            switch try offered({ () throws(JournalError) in try reader.next(below: missing.end ?? .max) }) {
            case .record(let record):
                start = start ?? record.byteOffset
                extent.records += 1
                if record.kind == .event { extent.events += 1 }
                guard extent.records & (Self.recordsPerPiece - 1) == 0 else { continue }
                if observer.isStopped() { throw .stopped }
                SystemThread.giveWay()
            case .damaged(let damage):
                start = start ?? damage.byteOffset
                extent.damages.append(damage)
            case .end(let end):
                guard extent.records > 0, let start else { return nil }
                extent.end = end.nextSequence
                extent.bytes = start..<end.validBytes
                return extent
            }
        }
    }

    private func open(_ segment: OfferedSegment, from first: UInt64) throws(CopyTrouble) -> SegmentReader {
        let reader = try offered { () throws(JournalError) in
            try SegmentReader(path: segment.path, firstWanted: first, storage: source)
        }
        guard reader.header == segment.header else { throw .changed }
        return reader
    }

    /// Refuses a segment that has other records than a segment here where both have one.
    private func compare(
        _ segment: OfferedSegment, below limit: UInt64, with path: String
    ) throws(CopyTrouble) {
        let local = try here { () throws(JournalError) in try SegmentReader(path: path, storage: storage) }
        let other = try open(segment, from: local.header.firstSequence)
        local.skip(to: segment.header.firstSequence)
        var (left, right) = (try nextHere(local, below: limit), try nextOffered(other, below: limit))
        var steps: UInt64 = 0
        while let one = left, let two = right {
            steps += 1
            if steps & (Self.recordsPerPiece - 1) == 0 {
                if observer.isStopped() { throw .stopped }
                SystemThread.giveWay()
            }
            if one.sequence == two.sequence {
                let isSame = local.withPayload { mine in other.withPayload { observer.isSame(mine, $0) } }
                guard isSame, one.kind == two.kind, one.version == two.version else { throw .disagrees(here: path) }
            }
            if one.sequence <= two.sequence { left = try nextHere(local, below: limit) }
            if two.sequence <= one.sequence { right = try nextOffered(other, below: limit) }
        }
    }

    private func nextHere(_ reader: SegmentReader, below limit: UInt64) throws(CopyTrouble) -> RecordHeader? {
        try here { () throws(JournalError) in try Self.nextRecord(reader, below: limit) }
    }

    private func nextOffered(_ reader: SegmentReader, below limit: UInt64) throws(CopyTrouble) -> RecordHeader? {
        try offered { () throws(JournalError) in try Self.nextRecord(reader, below: limit) }
    }

    private static func nextRecord(
        _ reader: SegmentReader, below limit: UInt64
    ) throws(JournalError) -> RecordHeader? {
        while true {
            switch try reader.next(below: limit) {
            case .record(let record): return record
            case .damaged: continue
            case .end: return nil
            }
        }
    }

    // MARK: Writing

    /// Writes the records, behind a header of their own, into the file that has no name of the journal's yet.
    private func write(_ extent: Extent, of segment: OfferedSegment, from first: UInt64) throws(CopyTrouble) {
        let header = SegmentHeader(
            shard: segment.header.shard, firstSequence: first,
            createdNanoseconds: segment.header.createdNanoseconds, salt: segment.header.salt)
        let input = try offered { () throws(JournalError) in
            try Self.system(segment.path) { () throws(SystemError) in
                try source.openFile(segment.path, forWriting: false)
            }
        }
        let output = try working { () throws(SystemError) in
            try storage.createFile(temporaryPath, replacing: true)
        }
        var buffer = ByteBuffer(capacity: Self.chunkBytes)
        header.write(into: &buffer)
        var place = extent.bytes.lowerBound
        var written: UInt64 = 0
        while true {
            try append(buffer, to: output, at: written)
            written += UInt64(buffer.count)
            buffer.removeAll()
            guard place < extent.bytes.upperBound else { break }
            if observer.isStopped() { throw .stopped }
            SystemThread.giveWay()
            let count = try offered { () throws(JournalError) in
                try Self.system(segment.path) { () throws(SystemError) in try input.read(into: &buffer, at: place) }
            }
            guard count > 0 else { throw .changed }
            buffer.truncate(to: min(count, Int(clamping: extent.bytes.upperBound - place)))
            place += UInt64(buffer.count)
            show(copiedBytes: place)
        }
        try working { () throws(SystemError) in try output.synchronize() }
    }

    private func append(_ buffer: borrowing ByteBuffer, to file: any JournalFile, at offset: UInt64) throws(CopyTrouble)
    {
        var done = 0
        while done < buffer.count {
            let start = done
            let result: Result<Int, SystemError> = buffer.withSpan(of: start..<buffer.count) { bytes in
                do throws(SystemError) {
                    return .success(try file.write(bytes, at: offset + UInt64(start)))
                } catch {
                    return .failure(error)
                }
            }
            let count = try working { () throws(SystemError) in try result.get() }
            // Nothing written without an error is a medium that takes no more.
            guard count > 0 else { throw .here(.system(.noSpace(in: .pwrite), path: temporaryPath)) }
            done += count
        }
    }

    /// Reads back what was written, as whoever follows the journal will: it holds what was meant and nothing behind it.
    private func check(_ extent: Extent, from first: UInt64) throws(CopyTrouble) {
        let size = try working { () throws(SystemError) in
            try storage.openFile(temporaryPath, forWriting: false).sizeBytes()
        }
        let reader = try here { () throws(JournalError) in try SegmentReader(path: temporaryPath, storage: storage) }
        var (records, events) = (UInt64(0), UInt64(0))
        while true {
            switch try here({ () throws(JournalError) in try reader.next() }) {
            case .record(let record):
                records += 1
                if record.kind == .event { events += 1 }
                guard records & (Self.recordsPerPiece - 1) == 0 else { continue }
                if observer.isStopped() { throw .stopped }
                SystemThread.giveWay()
            case .damaged: continue
            case .end(let end):
                guard reader.header.firstSequence == first, records == extent.records, events == extent.events,
                    end.nextSequence == extent.end, end.validBytes == size
                else { throw .changed }
                return
            }
        }
    }

    // MARK: Whose trouble it is

    /// Does something with this journal.
    func here<Result>(_ body: () throws(JournalError) -> Result) throws(CopyTrouble) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            throw .here(error)
        }
    }

    /// Does something with what is offered.
    private func offered<Result>(_ body: () throws(JournalError) -> Result) throws(CopyTrouble) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            throw .source(error)
        }
    }

    /// Does something with the file that is being written.
    private func working<Result>(_ body: () throws(SystemError) -> Result) throws(CopyTrouble) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .here(.system(error, path: temporaryPath))
        }
    }

    private static func system<Result>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(JournalError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error, path: path)
        }
    }
}
