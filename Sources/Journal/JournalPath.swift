/// The names of the journal's files; FORMAT.md has the rules.
package enum JournalPath {
    /// The file that says that an epoch's folder was recovered.
    package static let recoveredName = "recovered"
    /// The file that says that an epoch's process stopped in order.
    package static let endedName = "ended"
    /// The file that says that an epoch's process ended without stopping.
    package static let interruptedName = "interrupted"
    /// Any of these in an epoch's folder says that its process has ended.
    static let endNames = [recoveredName, endedName, interruptedName]

    /// The file of the journal's own folder into which an import writes before it gives it a segment's name.
    package static let importingName = "importing"

    /// The file of the journal's own folder into which a segment is written again before it takes its name.
    package static let rewritingName = "rewriting"

    /// A segment's file name: 20 decimal digits.
    package static func segmentName(firstSequence: UInt64) -> String {
        let digits = String(firstSequence)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }

    /// The sequence in a segment's file name, or nil for any other name.
    package static func firstSequence(ofSegmentNamed name: String) -> UInt64? {
        guard name.utf8.count == 20, let sequence = UInt64(name), segmentName(firstSequence: sequence) == name,
            sequence < RecordHeader.sequenceLimit
        else { return nil }
        return sequence
    }
}
