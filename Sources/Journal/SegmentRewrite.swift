package import Bytes
import LinuxSystem

/// Writes a segment again with some of its records changed; FORMAT.md, "Rewriting".
///
/// **Problem.** What a person is to be forgotten in lies between the records of others, in a file that readers have
/// open and that nobody may find half.
///
/// **Shape.** A copy is written beside the journal's folders: the same header, marker and seed among it, every other
/// byte as it stands, the changed records in the place of theirs under their sequences. It is synced, read back, and
/// takes the segment's name in one step.
///
/// **Guarantees.** Whoever dies, the name leads to the old file or to the new one, and either is whole. Records that
/// are not changed, damage and holes have the same bytes and the same sequences as before. Whoever has the old file
/// open reads on in it.
package struct SegmentRewrite {
    /// What a rewrite came to.
    package struct Outcome: Equatable, Sendable {
        /// Records that were changed.
        package var changedRecords: UInt64 = 0
        /// Bytes that were no record and held one of the patterns: they are zeros now.
        package var erasedBytes: UInt64 = 0
        /// Bytes of the file before.
        package var bytesBefore: UInt64 = 0
        /// Bytes of the file now.
        package var bytesAfter: UInt64 = 0

        /// True when the file is another one now.
        package var isRewritten: Bool { changedRecords > 0 || erasedBytes > 0 }

        /// Nothing was done.
        package init() {}
    }

    /// A change of the file: bytes that go and what stands in their place.
    private struct Edit {
        let range: Range<UInt64>
        let bytes: [UInt8]?
    }

    private let journalFolder: String
    private let path: String
    private let endSequence: UInt64?
    private let erasing: Set<[UInt8]>
    private let storage: any JournalStorage

    private static let chunkBytes = 262_144

    /// Describes it; nothing is touched.
    ///
    /// - Parameters:
    ///   - journalFolder: the folder of all shards.
    ///   - path: a segment that nobody writes to.
    ///   - endSequence: where the next segment of the shard begins; nil for the last one.
    ///   - erasing: what may stand nowhere in bytes that are no record; of one length.
    package init(
        journalFolder: String, path: String, endSequence: UInt64?, erasing: Set<[UInt8]>,
        storage: any JournalStorage = LinuxStorage()
    ) {
        self.journalFolder = journalFolder
        self.path = path
        self.endSequence = endSequence
        self.erasing = erasing
        self.storage = storage
    }

    /// Rewrites the segment, unless there is nothing to change. When it returns the new file is on the medium under the
    /// segment's name.
    ///
    /// - Parameter change: is given each record and its payload; appends the payload that takes its place to a buffer
    ///   with room for `RecordHeader.payloadLimitBytes` and returns true, or returns false to leave it.
    package func run(
        _ change: (RecordHeader, Span<UInt8>, inout ByteBuffer) -> Bool
    ) throws(JournalError) -> Outcome {
        let sweep = SegmentSweep(path: path, endSequence: endSequence, storage: storage)
        var outcome = Outcome()
        var edits: [Edit] = []
        do throws(JournalError) {
            let salt = try header().salt
            var buffer = ByteBuffer(capacity: RecordHeader.payloadLimitBytes)
            try sweep.forEach { (piece, payload) throws(JournalError) in
                switch piece {
                case .record(let record):
                    buffer.removeAll()
                    guard change(record, payload, &buffer) else { return }
                    let bytes = buffer.withSpan { Self.record($0, in: record, salt: salt) }
                    edits.append(Edit(range: record.byteOffset..<record.endOffset, bytes: bytes))
                    outcome.changedRecords += 1
                case .junk(let range):
                    guard try sweep.holds(erasing, in: range) else { return }
                    edits.append(Edit(range: range, bytes: nil))
                    outcome.erasedBytes += range.upperBound - range.lowerBound
                }
            }
        } catch {
            // Of a file without a header no record can be told.
            guard case .headerDamaged = error else { throw error }
            let whole = try sweep.whole()
            guard try sweep.holds(erasing, in: whole) else { return outcome }
            edits = [Edit(range: whole, bytes: nil)]
            outcome.erasedBytes = whole.upperBound
        }
        guard !edits.isEmpty else {
            // Whoever has changed it before may have died, or failed, before the new file's name was on the medium.
            try synchronizeName()
            return outcome
        }
        do throws(JournalError) {
            try write(edits, &outcome)
        } catch {
            // What went wrong first is what is told; a file that stays is replaced by the next one.
            try? storage.removeFile(temporaryPath)
            throw error
        }
        return outcome
    }

    private var temporaryPath: String { journalFolder + "/" + JournalPath.rewritingName }

    /// Bytes of a file, which a rewrite needs once more.
    package func sizeBytes() throws(JournalError) -> UInt64 {
        try SegmentSweep(path: path, endSequence: endSequence, storage: storage).whole().upperBound
    }

    private func header() throws(JournalError) -> SegmentHeader {
        let file = try SegmentSweep.system(path) { () throws(SystemError) in
            try storage.openFile(path, forWriting: false)
        }
        return try SegmentHeader.read(from: file, path: path)
    }

    /// A record with another payload in the place of one that is there.
    private static func record(_ payload: Span<UInt8>, in record: RecordHeader, salt: SegmentSalt) -> [UInt8] {
        var buffer = ByteBuffer(capacity: RecordHeader.byteCount + payload.count)
        buffer.appendLittleEndian(UInt64(0))
        buffer.appendLittleEndian(record.sequence)
        buffer.appendLittleEndian(
            UInt64(payload.count) | UInt64(record.kind.rawValue) << 32 | UInt64(record.version) << 40)
        buffer.append(payload)
        let checksum = buffer.withSpan { RecordLayout.checksum(of: $0, salt: salt) }
        buffer.storeLittleEndian(UInt64(salt.marker) | UInt64(checksum) << 32, at: RecordLayout.marker)
        return buffer.toArray()
    }

    // MARK: Writing

    private func write(_ edits: [Edit], _ outcome: inout Outcome) throws(JournalError) {
        let temporary = temporaryPath
        let written = try SegmentSweep.system(path) { () throws(SystemError) in
            let input = try storage.openFile(path, forWriting: false)
            input.expectOneReading()
            let size = try input.sizeBytes()
            let output = try storage.createFile(temporary, replacing: true)
            var target = Target(file: output)
            var place: UInt64 = 0
            for edit in edits {
                try target.copy(place..<edit.range.lowerBound, of: input)
                if let bytes = edit.bytes {
                    try target.append(bytes.span)
                } else {
                    try target.appendZeros(edit.range.upperBound - edit.range.lowerBound)
                }
                place = edit.range.upperBound
            }
            try target.copy(place..<size, of: input)
            try output.keepModified(as: input)
            try output.synchronize()
            return (before: size, after: target.size)
        }
        outcome.bytesBefore = written.before
        outcome.bytesAfter = written.after
        try check()
        try SegmentSweep.system(path) { () throws(SystemError) in try storage.rename(temporary, to: path) }
        try synchronizeName()
    }

    private func synchronizeName() throws(JournalError) {
        let folder = Files.parent(of: path)
        try SegmentSweep.system(folder) { () throws(SystemError) in try storage.synchronizeFolder(folder) }
        try SegmentSweep.system(journalFolder) { () throws(SystemError) in
            try storage.synchronizeFolder(journalFolder)
        }
    }

    /// Reads back what was written, as whoever follows the journal will: the same records, the same damage.
    private func check() throws(JournalError) {
        let old = SegmentSweep(path: path, endSequence: endSequence, storage: storage)
        var sequences: [UInt64] = []
        do throws(JournalError) {
            try old.forEach { (piece, _) throws(JournalError) in
                if case .record(let record) = piece { sequences.append(record.sequence) }
            }
        } catch {
            guard case .headerDamaged = error else { throw error }
            return
        }
        let new = SegmentSweep(path: temporaryPath, endSequence: endSequence, storage: storage)
        var (place, isSame) = (0, true)
        try new.forEach { (piece, _) throws(JournalError) in
            guard case .record(let record) = piece else { return }
            isSame = isSame && place < sequences.count && sequences[place] == record.sequence
            place += 1
        }
        guard isSame, place == sequences.count else {
            throw .system(.inputOutput(in: .pread), path: temporaryPath)
        }
    }

    /// The file that is written from front to back.
    private struct Target {
        let file: any JournalFile
        var size: UInt64 = 0

        mutating func copy(_ range: Range<UInt64>, of input: any JournalFile) throws(SystemError) {
            var place = range.lowerBound
            var buffer = ByteBuffer(capacity: SegmentRewrite.chunkBytes)
            while place < range.upperBound {
                buffer.removeAll()
                guard try input.read(into: &buffer, at: place) > 0 else { throw SystemError.noSpace(in: .pread) }
                buffer.truncate(to: min(buffer.count, Int(clamping: range.upperBound - place)))
                place += UInt64(buffer.count)
                try append(buffer)
                SystemThread.giveWay()
            }
        }

        mutating func append(_ bytes: Span<UInt8>) throws(SystemError) {
            var buffer = ByteBuffer(capacity: bytes.count)
            buffer.append(bytes)
            try append(buffer)
        }

        mutating func appendZeros(_ count: UInt64) throws(SystemError) {
            var left = count
            while left > 0 {
                let piece = Int(min(left, UInt64(SegmentRewrite.chunkBytes)))
                try append([UInt8](repeating: 0, count: piece).span)
                left -= UInt64(piece)
            }
        }

        private mutating func append(_ buffer: borrowing ByteBuffer) throws(SystemError) {
            var done = 0
            while done < buffer.count {
                let (start, offset) = (done, size)
                let result: Result<Int, SystemError> = buffer.withSpan(of: start..<buffer.count) { bytes in
                    do throws(SystemError) {
                        return .success(try file.write(bytes, at: offset))
                    } catch {
                        return .failure(error)
                    }
                }
                let count = try result.get()
                guard count > 0 else { throw SystemError.noSpace(in: .pwrite) }
                done += count
                size += UInt64(count)
            }
        }
    }
}
