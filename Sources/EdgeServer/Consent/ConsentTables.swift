import Bytes
import Engagement

/// The consent tables as one worker looks things up in them: of each section that has any, at a place that it keeps for
/// as long as the process lives.
///
/// Each worker has one of its own, so that no reference count is shared between threads; the tables themselves are
/// shared, and whoever made this keeps them until the worker has another.
final class ConsentTables: Sendable {
    private let views: [ConsentView]
    private let tables: [ConsentTable]

    init(_ tables: [ConsentTable]) {
        self.tables = tables
        views = tables.map(\.view)
    }

    /// Begins to fetch what `status` of the same person reads.
    @inline(__always)
    func fetchAhead(_ person: Bytes16, at place: Int) {
        if place < views.count { views[place].fetchAhead(ConsentKey(person)) }
    }

    /// The status of a person in the section at `place`; nil where there is none on record. Allocates nothing.
    @inline(__always)
    func status(of person: Bytes16, at place: Int) -> ConsentStatus? {
        place < views.count ? views[place].status(of: ConsentKey(person)) : nil
    }
}
