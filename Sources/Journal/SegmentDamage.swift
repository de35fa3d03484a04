/// Why bytes of a segment are no record.
package enum DamageReason: String, Equatable, Sendable {
    /// The record does not begin with the segment's marker.
    case marker
    /// The length is more than a record may have.
    case length
    /// The checksum does not hold.
    case checksum
    /// The sequence is not the next one.
    case sequence
    /// The segment ends before the record does.
    case truncated
    /// Both copies of the segment's header are bad.
    case header
    /// The header says that the segment belongs elsewhere.
    case misplaced
    /// The segment is not there.
    case missingSegment = "missing segment"
}

/// A part of a shard that can't be read: where it lies, and what is lost with it.
package struct SegmentDamage: Equatable, Sendable {
    /// The file, or the folder when a segment is missing.
    package let path: String
    /// Offset of the first bad byte in the file.
    package let byteOffset: UInt64
    /// Bad bytes; 0 when records are missing without any.
    package let byteCount: UInt64
    /// The first sequence that is missing.
    package let firstSequence: UInt64
    /// How many records are missing.
    package let missingSequences: UInt64
    /// What is wrong with the first of them.
    package let reason: DamageReason

    package init(
        path: String, byteOffset: UInt64, byteCount: UInt64, firstSequence: UInt64, missingSequences: UInt64,
        reason: DamageReason
    ) {
        self.path = path
        self.byteOffset = byteOffset
        self.byteCount = byteCount
        self.firstSequence = firstSequence
        self.missingSequences = missingSequences
        self.reason = reason
    }
}

extension SegmentDamage: CustomStringConvertible {
    /// Such as `journal/…/00000000000000000000: damaged at byte 8192, 120 bytes (checksum): 1 record lost from
    /// sequence 0`.
    package var description: String {
        let records = missingSequences == 1 ? "1 record" : "\(missingSequences) records"
        return "\(path): damaged at byte \(byteOffset), \(byteCount) bytes (\(reason.rawValue)): "
            + "\(records) lost from sequence \(firstSequence)"
    }
}
