import Bytes
import EdgeServer
import HTTPEngine
import LinuxSystem
import TrackingLinks

/// What it costs that a request stands in the metrics, in nanoseconds of processor time: the clocks that are read for
/// its response time, and every counter that it moves.
struct RecordingCosts: CustomStringConvertible {
    /// A request that had a turn of the loop to itself, so that all that is published at a turn's end is its own.
    let requestNanoseconds: Double

    private static let requests = 10_000

    /// Measures with the counters of the engine and the edge, by the calls that both make for one request.
    init() {
        let query = Array("cuid=a%40mail.example&sec=8781202".utf8)
        let sections = SectionTable(sections: [], unknown: SectionPolicy(otherwise: .ask, isKnown: false))
        var scratch = LinkScratch()
        let decision = TargetPolicy.decide(
            .open, TrackingLink.read(query: query.span), of: query.span, section: nil, in: sections, edge: Span(),
            nowNanoseconds: 0, scratch: &scratch)
        let counters = WorkerCounters()
        let edge = EdgeCounters()
        var tally = WorkerTally()
        requestNanoseconds = Costs.nanoseconds(each: Array(0..<Self.requests), rounds: 10) { number in
            tally.add(.receivedBytes, 700)
            let received = SystemClock.monotonicNanoseconds()
            tally.add(.requests)
            edge.count(decision)
            counters.addResponses(1, afterNanoseconds: SystemClock.monotonicNanoseconds() &- received)
            tally.add(.sentBytes, 200)
            tally.add(.turns)
            for name in [WorkerCounters.Name.open, .idle, .readingHead, .readingBody, .writing, .lingering, .heldBytes]
            {
                tally.set(name, number)
            }
            counters.publish(tally)
            return received > 0
        }
    }

    var description: String {
        "a request in the metrics, alone in its turn: \(Int(requestNanoseconds.rounded(.up))) ns\n"
    }
}
