import HTTPEngine
import Synchronization
package import TrackingLinks

/// How often a worker answered what. The worker alone writes; the metrics read from their own thread.
///
/// Counting is a load and a store of a cell that no other thread writes: no bus lock, no call.
package final class EdgeCounters: Sendable {
    /// One thing that is counted: a resource and the answer's status.
    enum Cell: Int, CaseIterable {
        case clickRedirected, clickAsked, clickFallback, clickRefused, clickMethodNotAllowed, clickLimited
        case openPixel, openMethodNotAllowed, openLimited
        case elsewhereOK, elsewhereNoContent, elsewhereNotFound, elsewhereMethodNotAllowed, elsewhereUnavailable
        case unsubscribeShown, unsubscribeDone, unsubscribeNoForm, unsubscribeRefused, unsubscribeMethodNotAllowed
        case unsubscribeUnavailable
        case eventNotRecorded

        /// The metric's labels.
        var labels: (resource: String, code: String, outcome: String) {
            switch self {
            case .clickRedirected: ("click", "302", "redirected")
            case .clickAsked: ("click", "200", "asked")
            case .clickFallback: ("click", "302", "fallback")
            case .clickRefused: ("click", "404", "refused")
            case .clickMethodNotAllowed: ("click", "405", "none")
            case .clickLimited: ("click", "429", "limited")
            case .openPixel: ("open", "200", "pixel")
            case .openMethodNotAllowed: ("open", "405", "none")
            case .openLimited: ("open", "429", "limited")
            case .elsewhereOK: ("other", "200", "none")
            case .elsewhereNoContent: ("other", "204", "none")
            case .elsewhereNotFound: ("other", "404", "none")
            case .elsewhereMethodNotAllowed: ("other", "405", "none")
            case .elsewhereUnavailable: ("other", "503", "none")
            case .unsubscribeShown: ("unsubscribe", "200", "asked")
            case .unsubscribeDone: ("unsubscribe", "200", "optedOut")
            case .unsubscribeNoForm: ("unsubscribe", "400", "asked")
            case .unsubscribeRefused: ("unsubscribe", "404", "refused")
            case .unsubscribeMethodNotAllowed: ("unsubscribe", "405", "none")
            case .unsubscribeUnavailable: ("unsubscribe", "503", "asked")
            case .eventNotRecorded: ("none", "0", "none")
            }
        }
    }

    private let cells: InlineArray<21, Atomic<UInt64>>
    /// By the byte of a reason in an event.
    private let reasons: InlineArray<64, Atomic<UInt64>>
    /// By the bit of a repair.
    private let repairs: InlineArray<32, Atomic<UInt64>>
    /// By the raw values of `ForwardedClient.Naming`.
    private let namings: InlineArray<4, Atomic<UInt64>>
    /// By the raw values of `ClientScheme`.
    private let schemes: InlineArray<3, Atomic<UInt64>>
    /// Clicks and opens beyond the limit of their address.
    private let limited: InlineArray<2, Atomic<UInt64>>

    /// Events of people who are not followed.
    private let anonymous = Atomic<UInt64>(0)

    /// Everything 0.
    package init() {
        precondition(Cell.allCases.count == 21, "every cell has a place")
        precondition(DecisionReason.allCases.allSatisfy { $0.rawValue < 64 }, "every reason has a place")
        cells = InlineArray { _ in Atomic(0) }
        reasons = InlineArray { _ in Atomic(0) }
        repairs = InlineArray { _ in Atomic(0) }
        namings = InlineArray { _ in Atomic(0) }
        schemes = InlineArray { _ in Atomic(0) }
        limited = InlineArray { _ in Atomic(0) }
    }

    /// Counts one answer.
    @inline(__always)
    func count(_ cell: Cell) {
        Self.add(to: cells[cell.rawValue])
    }

    /// Counts one answer to a click or an open, why it was that, and what was odd about the link.
    @inline(__always)
    package func count(_ decision: Decision) {
        Self.add(to: reasons[Int(decision.reason.rawValue)])
        var repairs = decision.repairs.rawValue
        while repairs != 0 {
            Self.add(to: self.repairs[repairs.trailingZeroBitCount])
            repairs &= repairs &- 1
        }
        switch decision.outcome {
        case .pixel: count(Cell.openPixel)
        case .redirected: count(Cell.clickRedirected)
        case .asked: count(Cell.clickAsked)
        case .fallback: count(Cell.clickFallback)
        case .refused: count(Cell.clickRefused)
        }
    }

    @inline(__always)
    private static func add(to cell: borrowing Atomic<UInt64>) {
        cell.store(cell.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Counts one click or open of a trusted proxy, by what its forwarding headers said.
    func count(_ naming: ForwardedClient.Naming) {
        Self.add(to: namings[Int(naming.rawValue)])
    }

    /// Counts one click or open of a trusted proxy, by how the client came to it.
    func count(_ scheme: ClientScheme) {
        Self.add(to: schemes[Int(scheme.rawValue)])
    }

    /// Counts one click or open beyond the limit of its address, whatever it is answered with.
    func countLimited(_ resource: TrackingResource) {
        Self.add(to: limited[resource == .click ? 0 : 1])
    }

    /// How many of a resource were beyond the limit of their address, so far.
    func limited(_ resource: TrackingResource) -> UInt64 {
        limited[resource == .click ? 0 : 1].load(ordering: .relaxed)
    }

    /// Counts an event that keeps nothing of its person.
    func countAnonymous() {
        Self.add(to: anonymous)
    }

    /// Events that keep nothing of their person, so far.
    var anonymousEvents: UInt64 { anonymous.load(ordering: .relaxed) }

    /// How often, so far.
    func value(_ cell: Cell) -> UInt64 { cells[cell.rawValue].load(ordering: .relaxed) }

    /// How often, so far.
    func value(_ reason: DecisionReason) -> UInt64 { reasons[Int(reason.rawValue)].load(ordering: .relaxed) }

    /// How often, so far; `repair` is one bit.
    func value(_ repair: LinkRepair) -> UInt64 {
        repairs[repair.rawValue.trailingZeroBitCount & 31].load(ordering: .relaxed)
    }

    /// How often, so far.
    func value(_ naming: ForwardedClient.Naming) -> UInt64 {
        namings[Int(naming.rawValue)].load(ordering: .relaxed)
    }

    /// How often, so far.
    func value(_ scheme: ClientScheme) -> UInt64 { schemes[Int(scheme.rawValue)].load(ordering: .relaxed) }
}
