/// What an import has done with the segments that it found, in numbers.
package struct ImportTally: Equatable, Sendable {
    /// Segments of which something was taken.
    package var takenSegments: UInt64 = 0
    /// Records that were taken, of every kind.
    package var takenRecords: UInt64 = 0
    /// Events among them.
    package var takenEvents: UInt64 = 0
    /// Bytes of records, and of damage between them, that were taken.
    package var takenBytes: UInt64 = 0
    /// Records that were damaged where they came from, and are damaged here.
    package var damagedRecords: UInt64 = 0
    /// Segments of which everything was here already.
    package var hereSegments: UInt64 = 0
    /// Segments that may still be written to: left for later.
    package var openSegments: UInt64 = 0
    /// Segments before which records are missing that may still come, or that are not there as a whole: left for later.
    package var waitingSegments: UInt64 = 0
    /// Segments that can't be taken as they are.
    package var refusedSegments: UInt64 = 0
    /// Files and folders that can't be read.
    package var unreadableItems: UInt64 = 0
    /// Those among them that this user may not read.
    package var forbiddenItems: UInt64 = 0
    /// Files that are no segments, and whatever else was passed over.
    package var passedOverItems: UInt64 = 0

    package init() {
    }
}
