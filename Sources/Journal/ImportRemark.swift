package import LinuxSystem

/// What somebody should know of an import beside its numbers: something that was not taken, and why.
package enum ImportRemark: Equatable, Sendable {
    /// A file that is no segment, by its name.
    case noSegment(path: String)
    /// A symbolic link, a pipe, a socket or a device.
    case noFile(path: String)
    /// A file or folder whose name is not UTF-8: it can't be told of as it is, nor opened.
    case nameNotUTF8(path: String)
    /// A folder that lies deeper than is looked.
    case tooDeep(path: String)
    /// So many more of these four, each of which is not named.
    case unnamed(count: UInt64)
    /// The header says that the segment belongs elsewhere.
    case misplaced(path: String, shard: ShardIdentity, firstSequence: UInt64)
    /// Both copies of the header are bad.
    case headerDamaged(path: String)
    /// The segment is of a newer format than this program knows.
    case newerFormat(path: String, version: UInt16)
    /// The segment has the name of one that is here, and is another one.
    case disagrees(path: String, here: String)
    /// What is here of the shard can't be read, so nothing can be put behind it.
    case hereDamaged(path: String, here: String)
    /// The file or folder can't be read.
    case unreadable(path: String, SystemError)
    /// The file is too short for a header: it is only begun.
    case begun(path: String)
    /// The file changed while it was copied.
    case changed(path: String)
    /// Records of the shard before this segment are neither here nor in the folder.
    case waits(path: String, missing: Range<UInt64>)
    /// Records that were damaged where they came from.
    case damaged(SegmentDamage)
}

extension ImportRemark: CustomStringConvertible {
    /// What, why, and what to do.
    package var description: String {
        switch self {
        case .noSegment(let path):
            "\(path): it is no segment: it is left where it is"
        case .noFile(let path):
            "\(path): it is neither a file nor a folder: it is left where it is; give what a link leads to instead"
        case .nameNotUTF8(let path):
            "\(path): its name is not UTF-8 (\u{FFFD} stands for what is not), and no segment's is so: it is left "
                + "where it is; if it is a folder with segments in it, rename it"
        case .tooDeep(let path):
            "\(path): it lies deeper than \(SegmentSearch.depthMax) folders: give a folder nearer to it"
        case .unnamed(let count):
            "and \(count) more that are no segments, or lie deeper: give a folder nearer to the segments"
        case .misplaced(let path, let shard, let first):
            "\(path): its header says that it is \(shard.folder)/\(JournalPath.segmentName(firstSequence: first)): "
                + "give it that name again"
        case .headerDamaged(let path):
            "\(path): both copies of the segment's header are damaged: copy it again from its node"
        case .newerFormat(let path, let version):
            "\(path): the segment has format version \(version), and this program reads up to "
                + "\(SegmentHeader.formatVersion): use a newer program here"
        case .disagrees(let path, let here):
            "\(path): it is another segment than the one of its name here, \(here), or has other records: find out "
                + "which of the two is right"
        case .hereDamaged(let path, let here):
            "\(path): it can't be put behind \(here), whose headers are damaged: restore that file first"
        case .unreadable(let path, let error):
            "\(path): \(error.reason): "
                + (error.isNoPermission
                    ? "let the account that runs the server read it" : "check its disk, or copy it again")
        case .begun(let path):
            "\(path): it is too short for a segment: it is left for later, when it is copied whole"
        case .changed(let path):
            "\(path): it changed while it was copied: it is left for later"
        case .waits(let path, let missing):
            "\(path): records \(missing.lowerBound) to \(missing.upperBound - 1) of its shard are neither here nor "
                + "in the folder: it is left for later; copy those before it too, and whole; if they never come, "
                + "because their node has deleted them (journal.retention), --as-is takes what lies behind and "
                + "counts what is missing as damaged"
        case .damaged(let damage):
            "\(damage): it is taken as it is"
        }
    }
}

/// Why an import ends before its end. What was taken until then stays, and another run goes on behind it.
package enum ImportError: Error, Equatable, Sendable {
    /// The folder can't be looked at.
    case unreadable(SystemError, path: String)
    /// There is no segment in it.
    case noSegment(folder: String)
    /// This journal can't be read or written.
    case journal(JournalError)
    /// The next copy, of a segment at a path, would take more room than it may.
    case noRoom(path: String, bytes: UInt64)
    /// It was told to stop.
    case stopped
}
