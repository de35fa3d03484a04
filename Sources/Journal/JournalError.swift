package import LinuxSystem

/// Why the journal can't be read or recovered.
///
/// Damage inside a segment is no error: it is a value that a reader hands out, so that it can go on (`SegmentDamage`).
/// A failed write is none either: `CommitOutcome` and `ShardProgress` say what became of it.
package enum JournalError: Error, Equatable, Sendable {
    /// A system call failed at a file or folder.
    case system(SystemError, path: String)
    /// A segment has no good header, so none of its records can be read.
    case headerDamaged(segment: String)
    /// A segment is of a newer format than this program knows.
    case newerFormat(segment: String, version: UInt16)
}

extension JournalError: CustomStringConvertible {
    /// What, why, and what to do.
    package var description: String {
        switch self {
        case .system(let error, let path):
            "\(path): \(error)"
        case .headerDamaged(let segment):
            "\(segment): both copies of the segment's header are damaged: restore the file from a copy if there is one"
        case .newerFormat(let segment, let version):
            "\(segment): the segment has format version \(version), and this program reads up to "
                + "\(SegmentHeader.formatVersion): use the program that wrote it, or a newer one"
        }
    }
}
