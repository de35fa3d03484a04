import Bytes
import LinuxSystem

/// Goes over all bytes of a segment that nobody writes to: its records, and what lies between and behind them.
package struct SegmentSweep: ~Copyable {
    /// What stands in a segment one behind the other.
    package enum Piece: Equatable, Sendable {
        /// A record.
        case record(RecordHeader)
        /// Bytes that no reader hands out: damage, what was written again in the next segment, and what a write that
        /// was cut off has left.
        case junk(Range<UInt64>)
    }

    /// The file.
    package let path: String
    private let storage: any JournalStorage
    private let limit: UInt64
    /// Records between which others may have the processor; a power of two.
    private static let recordsPerPiece = 64

    /// - Parameter endSequence: where the shard's next segment begins: what stands here from there on is ignored by
    ///   readers. Nil for the last segment of a shard whose writer is gone.
    package init(path: String, endSequence: UInt64?, storage: any JournalStorage = LinuxStorage()) {
        self.path = path
        self.storage = storage
        limit = endSequence ?? .max
    }

    /// Hands over every piece behind the header, in the order of the file, records with their payloads.
    ///
    /// - Throws: `headerDamaged` for a segment of which no record can be read; what `body` throws.
    package borrowing func forEach(
        _ body: (Piece, Span<UInt8>) throws(JournalError) -> Void
    ) throws(JournalError) {
        let reader = try SegmentReader(path: path, storage: storage)
        var place = UInt64(SegmentHeader.recordsOffset)
        var count = 0
        while true {
            switch try reader.next(below: limit) {
            case .record(let record):
                if record.byteOffset > place { try body(.junk(place..<record.byteOffset), Span()) }
                try reader.withPayload { (payload) throws(JournalError) in try body(.record(record), payload) }
                place = record.endOffset
            case .damaged: break
            case .end(let end):
                let size = end.validBytes + end.tailBytes
                if size > place { try body(.junk(place..<size), Span()) }
                return
            }
            count += 1
            if count & (Self.recordsPerPiece - 1) == 0 { SystemThread.giveWay() }
        }
    }

    /// All bytes of the file as junk: for a segment whose header is damaged.
    package borrowing func whole() throws(JournalError) -> Range<UInt64> {
        try Self.system(path) { () throws(SystemError) in
            0..<(try storage.openFile(path, forWriting: false).sizeBytes())
        }
    }

    /// True when any of the patterns, of one length, stands in a range of the file.
    package borrowing func holds(
        _ patterns: Set<[UInt8]>, in range: Range<UInt64>
    ) throws(JournalError) -> Bool {
        guard let length = patterns.first?.count, UInt64(length) <= range.upperBound - range.lowerBound else {
            return false
        }
        let finder = PatternFinder(patterns)
        return try Self.system(path) { () throws(SystemError) in
            let file = try storage.openFile(path, forWriting: false)
            var buffer = ByteBuffer(capacity: Self.chunkBytes)
            var place = range.lowerBound
            while place < range.upperBound {
                let count = try file.read(into: &buffer, at: place)
                if count == 0 { return false }
                place += UInt64(count)
                if place > range.upperBound { buffer.truncate(to: buffer.count - Int(place - range.upperBound)) }
                if buffer.withSpan({ finder.isIn($0) }) { return true }
                buffer.removeFirst(max(0, buffer.count - (length - 1)))
                SystemThread.giveWay()
            }
            return false
        }
    }

    private static let chunkBytes = 262_144

    static func system<Result>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(JournalError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error, path: path)
        }
    }
}

/// Looks for byte strings of one length.
struct PatternFinder {
    private let patterns: Set<[UInt8]>
    private let length: Int
    /// The first bytes that patterns have.
    private let firstBytes: [Bool]

    init(_ patterns: Set<[UInt8]>) {
        self.patterns = patterns
        length = patterns.first?.count ?? 0
        var firstBytes = [Bool](repeating: false, count: 256)
        for pattern in patterns { firstBytes[Int(pattern[0])] = true }
        self.firstBytes = firstBytes
    }

    func isIn(_ bytes: Span<UInt8>) -> Bool {
        guard length > 0, bytes.count >= length else { return false }
        for start in 0...bytes.count - length where firstBytes[Int(bytes[start])] {
            if patterns.contains(bytes.extracting(start..<start + length).toArray()) { return true }
        }
        return false
    }
}
