import Bytes
import LinuxSystem

/// Puts records of another node behind those that this journal has of their shard, under the identity that they have
/// there, a few at a time.
///
/// **Problem.** What the nodes of a fleet tell each other comes in drops. A segment for each, as an import makes them,
/// would be a file a record.
///
/// **Shape.** The segment that was begun last is written on to until it is as long or as old as a writer's own. Each
/// call opens it, writes, syncs and closes it, so that any number of shards costs no descriptor.
///
/// **Guarantees.** When `append` has returned true the records survive a power cut. Killed at any moment, it leaves at
/// most the half of a record at a segment's end, which readers take for the end, and which is cut when the shard is
/// opened again. What is missing before a record stays missing: it begins a segment of its own then.
///
/// **Not promised.** One at a time works on a shard, and no import beside it: whoever owns the folder sees to that.
/// After an error, and after false, the shard has to be opened again.
package struct ShardCopy {
    /// A record as it stands in its own node's journal.
    package struct Record: Equatable, Sendable {
        /// Its number in the shard.
        package var sequence: UInt64
        /// What it is.
        package var kind: RecordKind
        /// The version of the payload's form.
        package var version: UInt8
        /// At most `RecordHeader.payloadLimitBytes`.
        package var payload: [UInt8]

        /// Puts its parts together.
        package init(sequence: UInt64, kind: RecordKind, version: UInt8, payload: [UInt8]) {
            self.sequence = sequence
            self.kind = kind
            self.version = version
            self.payload = payload
        }

        /// True for what a journal can hold: anything else was made by nobody who writes one.
        package var isPossible: Bool {
            sequence < RecordHeader.sequenceLimit - 1 && payload.count <= RecordHeader.payloadLimitBytes
        }
    }

    /// The segment that is written on to.
    private struct Segment {
        var firstSequence: UInt64
        var salt: SegmentSalt
        var createdNanoseconds: UInt64
        /// Offset behind the last record.
        var endOffset: UInt64
    }

    /// The shard.
    package let shard: ShardIdentity
    /// The sequence behind the last record that is here.
    package private(set) var nextSequence: UInt64 = 0
    private let journalFolder: String
    private let limits: JournalLimits
    private let storage: any JournalStorage
    private var segment: Segment?

    /// Bytes that are written at once.
    private static let batchBytes = 1 << 20

    /// Looks what is here of a shard, and cuts what a process that died has left behind the last record.
    ///
    /// - Throws: what keeps the last segment from being read; then nothing can be said of what is missing.
    package init(
        _ shard: ShardIdentity, journalFolder: String, limits: JournalLimits = JournalLimits(),
        storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) {
        self.shard = shard
        self.journalFolder = journalFolder
        self.limits = limits
        self.storage = storage
        let segments = try JournalDirectory.names(in: folder, storage: storage)
            .compactMap(JournalPath.firstSequence(ofSegmentNamed:))
        for first in segments.reversed() {
            if try open(first) { return }
        }
    }

    private var folder: String { journalFolder + "/" + shard.folder }

    private func path(_ first: UInt64) -> String { folder + "/" + JournalPath.segmentName(firstSequence: first) }

    /// Reads a segment to its end.
    ///
    /// - Returns: false when it was begun and holds nothing; it is gone then.
    private mutating func open(_ first: UInt64) throws(JournalError) -> Bool {
        let path = path(first)
        if try isBegun(path) {
            try system(path) { () throws(SystemError) in try storage.removeFile(path) }
            return false
        }
        let reader = try SegmentReader(path: path, storage: storage)
        while true {
            guard case .end(let end) = try reader.next() else { continue }
            try system(path) { () throws(SystemError) in
                let file = try storage.openFile(path, forWriting: true)
                if end.tailBytes > 0 { try file.truncate(to: end.validBytes) }
                try file.synchronize()
            }
            try synchronizeFolders()
            nextSequence = end.nextSequence
            segment = Segment(
                firstSequence: first, salt: reader.header.salt, createdNanoseconds: reader.header.createdNanoseconds,
                endOffset: end.validBytes)
            return true
        }
    }

    /// True for a file that holds no record, whole or not.
    private func isBegun(_ path: String) throws(JournalError) -> Bool {
        try system(path) { () throws(SystemError) in
            try storage.openFile(path, forWriting: false).sizeBytes() <= UInt64(SegmentHeader.recordsOffset)
        }
    }

    // MARK: Appending

    /// Puts records behind the others, durably.
    ///
    /// - Parameters:
    ///   - records: by ascending sequence, none before `nextSequence`, each of them possible.
    ///   - now: nanoseconds since 1970 UTC.
    /// - Returns: false, and nothing more is written, when the segment is not as it was left.
    package mutating func append(_ records: [Record], nowNanoseconds now: UInt64) throws(JournalError) -> Bool {
        var place = 0
        while place < records.count {
            let first = records[place].sequence
            precondition(first >= nextSequence, "a record that is here is put behind others")
            if let segment, first > nextSequence || isFull(segment, nowNanoseconds: now) { self.segment = nil }
            var batch = RecordBatch(capacity: Self.batchBytes, firstSequence: first)
            while place < records.count, records[place].sequence == batch.endSequence, Self.add(records[place], &batch)
            {
                place += 1
            }
            guard try write(&batch, nowNanoseconds: now) else { return false }
            nextSequence = batch.endSequence
        }
        return true
    }

    private func isFull(_ segment: Segment, nowNanoseconds now: UInt64) -> Bool {
        segment.endOffset >= limits.segmentBytes
            || (now > segment.createdNanoseconds && now - segment.createdNanoseconds >= limits.segmentAgeNanoseconds)
    }

    /// - Returns: false where there is no room.
    private static func add(_ record: Record, _ batch: inout RecordBatch) -> Bool {
        precondition(record.isPossible, "a record that no journal can hold")
        guard batch.begin(kind: record.kind, version: record.version, payloadLimitBytes: record.payload.count) else {
            return false
        }
        batch.buffer.append(record.payload.span)
        _ = batch.end()
        return true
    }

    private mutating func write(_ batch: inout RecordBatch, nowNanoseconds now: UInt64) throws(JournalError) -> Bool {
        var segment: Segment
        if let begun = self.segment {
            segment = begun
        } else {
            segment = try begin(batch.firstSequence, nowNanoseconds: now)
        }
        batch.seal(for: segment.salt)
        let path = path(segment.firstSequence)
        do throws(SystemError) {
            let file = try storage.openFile(path, forWriting: true)
            guard try file.sizeBytes() == segment.endOffset else { return false }
            try Self.write(batch.buffer, to: file, at: segment.endOffset)
            try file.synchronize()
        } catch {
            throw .system(error, path: path)
        }
        segment.endOffset += UInt64(batch.buffer.count)
        self.segment = segment
        return true
    }

    /// Makes a segment without a record, durably: a header that is missing in front of records would hide them.
    private func begin(_ first: UInt64, nowNanoseconds now: UInt64) throws(JournalError) -> Segment {
        let path = path(first)
        let salt: SegmentSalt = try system(path) { () throws(SystemError) in
            let salt = SegmentSalt(random: try storage.random())
            try storage.makeFolders(folder)
            let file = try storage.createFile(path, replacing: false)
            var beginning = ByteBuffer(capacity: SegmentHeader.recordsOffset)
            SegmentHeader(shard: shard, firstSequence: first, createdNanoseconds: now, salt: salt)
                .write(into: &beginning)
            try Self.write(beginning, to: file, at: 0)
            try file.synchronize()
            return salt
        }
        try synchronizeFolders()
        return Segment(
            firstSequence: first, salt: salt, createdNanoseconds: now,
            endOffset: UInt64(SegmentHeader.recordsOffset))
    }

    private static func write(
        _ buffer: borrowing ByteBuffer, to file: any JournalFile, at offset: UInt64
    ) throws(SystemError) {
        var done = 0
        while done < buffer.count {
            let count = try buffer.withSpan(of: done..<buffer.count) { (bytes) throws(SystemError) in
                try file.write(bytes, at: offset + UInt64(done))
            }
            // Nothing written without an error is a medium that takes no more.
            guard count > 0 else { throw SystemError.noSpace(in: .pwrite) }
            done += count
        }
    }

    private func synchronizeFolders() throws(JournalError) {
        for folder in [folder, journalFolder + "/" + shard.epochFolderName, journalFolder] {
            try system(folder) { () throws(SystemError) in try storage.synchronizeFolder(folder) }
        }
    }

    private func system<Result>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(JournalError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error, path: path)
        }
    }
}
