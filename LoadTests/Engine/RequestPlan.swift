import Bytes

/// A scenario made ready for sending: every piece of every request as bytes, the tables that choose among them, and the
/// answers that they must get. Made once, shared by all threads.
///
/// A request is put together from a shape (a link of a campaign, an open, a bad link), an agent (a program's headers)
/// and a recipient:
///
///     GET   /tremclk?cuid=r 0000042   %40mail.example&…expVisitId= 4611686018427387904 &mech=… HTTP/1.1 …
///     agent shape.prefix    recipient shape.middle                number              shape.tail, agent's headers
package final class RequestPlan: Sendable {
    /// One kind of request without what makes each unique.
    struct Shape: Sendable {
        /// From the path to the recipient's digits.
        var prefix: Range<Int>
        /// From behind them to the number of the visit.
        var middle: Range<Int>
        /// From behind it to the end of the request line, line end and `Host` included.
        var tail: Range<Int>
        /// Longer than 0 for the head that is too large: a header line.
        var padding: Range<Int>
        var isOpen: Bool
        /// What GET must get; HEAD the one behind it.
        var expectation: Int
    }

    /// How one program asks, by GET or HEAD, ahead or not.
    struct Agent: Sendable {
        var isHead: Bool
        var clickHeaders: Range<Int>
        var openHeaders: Range<Int>
    }

    /// The answers that can be expected; a shape's index points at the one for GET, and HEAD's follows.
    package let expectations: [ExpectedAnswer]
    /// The longest request in bytes.
    package let requestBytesMax: Int
    /// The share of the requests that open a connection of their own.
    package let newConnectionShare: Double
    let bytes: [UInt8]
    let shapes: [Shape]
    let agents: [Agent]
    let shapeTable: WeightedTable
    let agentTable: WeightedTable
    let recipientTable: WeightedTable
    /// What a slow client sends, without the number of the visit and the rest.
    let slowStart: Range<Int>
    let slowEnd: Range<Int>
    let slowExpectation: Int

    /// Digits of a recipient's number in an address.
    static let recipientDigits = 7

    /// Makes the pieces of a scenario that `ScenarioReader` accepted.
    package init(_ scenario: Scenario) {
        var builder = RequestPlanBuilder(scenario)
        builder.addShapes()
        builder.addAgents()
        builder.addSlow()
        expectations = builder.expectations
        bytes = builder.bytes
        shapes = builder.shapes
        agents = builder.agents
        shapeTable = WeightedTable(weights: builder.shapeWeights)
        agentTable = WeightedTable(weights: builder.agentWeights)
        recipientTable = WeightedTable(zipfCount: scenario.recipientCount, exponent: scenario.recipientExponent)
        newConnectionShare = scenario.newConnectionShare
        slowStart = builder.slowStart
        slowEnd = builder.slowEnd
        slowExpectation = builder.slowExpectation
        let longestShape = builder.shapes.map { $0.prefix.count + $0.middle.count + $0.tail.count + $0.padding.count }
        let longestAgent = builder.agents.map { max($0.clickHeaders.count, $0.openHeaders.count) }
        requestBytesMax =
            (longestShape.max() ?? 0) + (longestAgent.max() ?? 0) + Self.recipientDigits + VisitIDs.digitCount + 64
    }
}
