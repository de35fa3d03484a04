import Campaigns
import Journal

/// Segments that were in the journal and are not there any more, although nothing here has deleted them: what `verify`
/// finds in the whole journal, told while the server runs, at the price of comparing two lists of names.
///
/// A hole that was there before the start is not seen, unless all of a shard is gone.
struct MissingSegments {
    /// A segment, by its name.
    struct Segment: Hashable, Comparable {
        let shard: ShardIdentity
        let firstSequence: UInt64

        static func < (left: Segment, right: Segment) -> Bool {
            (left.shard, left.firstSequence) < (right.shard, right.firstSequence)
        }
    }

    /// What is missing: segments, and the first one of each shard of which there is none.
    private(set) var segments: Set<Segment> = []
    private var seen: [ShardIdentity: [UInt64]]?

    /// Compares what is there with what was.
    ///
    /// - Parameters:
    ///   - found: the first sequences of each shard's segments.
    ///   - expiry: what retention has deleted, or is about to delete.
    ///   - counted: how far a store has counted, asked at the first look.
    mutating func look<Failure: Error>(
        _ found: [ShardIdentity: [UInt64]], expiry: [ShardExpiry],
        counted: () throws(Failure) -> [ShardCheckpoint]
    ) throws(Failure) {
        let expired = Dictionary(uniqueKeysWithValues: expiry.map { ($0.shard, $0.nextSequence) })
        if let seen {
            for (shard, firsts) in seen {
                let here = Set(found[shard] ?? [])
                for first in firsts where !here.contains(first) {
                    segments.insert(Segment(shard: shard, firstSequence: first))
                }
            }
        } else {
            for checkpoint in try counted() {
                let first = expired[checkpoint.shard] ?? 0
                guard found[checkpoint.shard] ?? [] == [], checkpoint.position.nextSequence > first else { continue }
                segments.insert(Segment(shard: checkpoint.shard, firstSequence: first))
            }
        }
        segments = segments.filter { gone in
            gone.firstSequence >= expired[gone.shard] ?? 0
                && !(found[gone.shard] ?? []).contains(gone.firstSequence)
        }
        seen = found
    }

    /// The journal was counted anew as it is: what it lacks was told then.
    mutating func accept() {
        segments = []
    }

    /// What to say of it, in a line; nil while nothing is missing.
    var trouble: String? {
        guard let first = segments.min() else { return nil }
        let path = "\(first.shard.folder)/\(JournalPath.segmentName(firstSequence: first.firstSequence))"
        let others = segments.count > 1 ? " and \(segments.count - 1) more" : ""
        return
            "\(path)\(others): gone from the journal, and nothing here deleted it: put it back, or import a copy: "
            + "figures stand, but a rebuild would not have its events"
    }
}
