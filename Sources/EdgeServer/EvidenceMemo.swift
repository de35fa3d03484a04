import Bytes
import HTTPEngine

/// What an event kept of the header fields of heads that came not long ago, as it was written.
///
/// `RequestHead.fieldsNumber` says which heads have the same fields, byte for byte; of the same fields an event keeps
/// the same bytes. A place for each of the engine's, of 512 bytes; evidence that is longer is written anew each time.
struct EvidenceMemo: ~Copyable {
    private static var bytesMax: Int { 512 }

    struct Place: BitwiseCopyable {
        /// 0 where nothing is remembered.
        var fieldsNumber: UInt64 = 0
        var count = 0
        var lastTag: UInt8 = 0
    }

    private var places = FixedTable(count: RequestHead.rememberedFieldsMax, of: Place())
    private var bytes = FixedTable(count: RequestHead.rememberedFieldsMax * EvidenceMemo.bytesMax, of: UInt8(0))

    init() {}

    /// Lends what was written for heads of these fields, with its last tag.
    ///
    /// - Returns: false, and `body` not called, when that is not known.
    @inline(__always)
    func withEvidence(of fieldsNumber: UInt64, _ body: (Span<UInt8>, UInt8) -> Void) -> Bool {
        let place = Self.place(of: fieldsNumber)
        guard fieldsNumber != 0, places[place].fieldsNumber == fieldsNumber else { return false }
        let start = place &* Self.bytesMax
        bytes.withSpan(of: start..<start &+ places[place].count) { body($0, places[place].lastTag) }
        return true
    }

    /// Remembers what was written for heads of these fields.
    mutating func remember(_ evidence: Span<UInt8>, lastTag: UInt8, of fieldsNumber: UInt64) {
        guard fieldsNumber != 0, evidence.count <= Self.bytesMax else { return }
        let place = Self.place(of: fieldsNumber)
        places[place] = Place(fieldsNumber: fieldsNumber, count: evidence.count, lastTag: lastTag)
        bytes.replace(from: place &* Self.bytesMax, with: evidence)
    }

    private static func place(of fieldsNumber: UInt64) -> Int {
        Int(truncatingIfNeeded: fieldsNumber % UInt64(RequestHead.rememberedFieldsMax))
    }
}
