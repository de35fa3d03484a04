import HTTPEngine
import Synchronization
import TrackingLinks

/// How often a worker answered what. The worker alone writes; the metrics read from their own thread.
///
/// Counting is a load and a store of a cell that no other thread writes: no bus lock, no call.
final class EdgeCounters: Sendable {
    /// One thing that is counted: a resource and the answer's status.
    enum Cell: Int, CaseIterable {
        case clickRedirected, clickAsked, clickFallback, clickRefused, clickMethodNotAllowed
        case openPixel, openMethodNotAllowed
        case elsewhereOK, elsewhereNoContent, elsewhereNotFound, elsewhereMethodNotAllowed
        case eventNotRecorded

        /// The metric's labels.
        var labels: (resource: String, code: String, outcome: String) {
            switch self {
            case .clickRedirected: ("click", "302", "redirected")
            case .clickAsked: ("click", "200", "asked")
            case .clickFallback: ("click", "302", "fallback")
            case .clickRefused: ("click", "404", "refused")
            case .clickMethodNotAllowed: ("click", "405", "none")
            case .openPixel: ("open", "200", "pixel")
            case .openMethodNotAllowed: ("open", "405", "none")
            case .elsewhereOK: ("other", "200", "none")
            case .elsewhereNoContent: ("other", "204", "none")
            case .elsewhereNotFound: ("other", "404", "none")
            case .elsewhereMethodNotAllowed: ("other", "405", "none")
            case .eventNotRecorded: ("none", "0", "none")
            }
        }
    }

    private let cells: InlineArray<12, Atomic<UInt64>>
    private let rejections: InlineArray<64, Atomic<UInt64>>

    init() {
        cells = InlineArray { _ in Atomic(0) }
        rejections = InlineArray { _ in Atomic(0) }
    }

    /// Counts one answer.
    @inline(__always)
    func count(_ cell: Cell) {
        let value = cells[cell.rawValue].load(ordering: .relaxed)
        cells[cell.rawValue].store(value &+ 1, ordering: .relaxed)
    }

    /// Counts one answer to a click or an open.
    @inline(__always)
    func count(_ outcome: Outcome) {
        switch outcome {
        case .pixel: count(Cell.openPixel)
        case .redirected: count(Cell.clickRedirected)
        case .asked: count(Cell.clickAsked)
        case .fallback: count(Cell.clickFallback)
        case .refused: count(Cell.clickRefused)
        }
    }

    /// Counts one request that the engine refused.
    func count(_ rejection: HTTPRejection) {
        let index = Int(rejection.rawValue)
        let value = rejections[index].load(ordering: .relaxed)
        rejections[index].store(value &+ 1, ordering: .relaxed)
    }

    /// How often, so far.
    func value(_ cell: Cell) -> UInt64 { cells[cell.rawValue].load(ordering: .relaxed) }

    /// How often, so far.
    func value(_ rejection: HTTPRejection) -> UInt64 { rejections[Int(rejection.rawValue)].load(ordering: .relaxed) }
}
