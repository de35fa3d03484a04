package import Bytes

/// A request that was written.
package struct MadeRequest: Equatable, Sendable {
    /// The answer that it must get, in `RequestPlan.expectations`.
    package var expectation: Int
    /// True when it wants a connection of its own, and says so to the server.
    package var isAlone: Bool
}

/// Chooses and writes requests: four random numbers and seven copies each, no allocation.
package struct RequestMaker: Sendable {
    private let plan: RequestPlan
    private var random: LoadRandom
    /// Out of 2^32: how often a request wants a connection of its own.
    private let aloneThreshold: UInt64

    /// A maker whose choices a seed repeats; `stream` tells the threads of a run apart.
    package init(_ plan: RequestPlan, seed: UInt64, stream: UInt64 = 0) {
        self.plan = plan
        random = LoadRandom(seed: seed, stream: stream &+ 1_000)
        aloneThreshold = UInt64(plan.newConnectionShare * 0x1p32)
    }

    /// Writes a request. The buffer has room for `RequestPlan.requestBytesMax`.
    ///
    /// - Parameter visit: its number, of 19 digits.
    package mutating func write(visit: UInt64, into buffer: inout ByteBuffer) -> MadeRequest {
        let shape = plan.shapes[plan.shapeTable.pick(random.next())]
        let agent = plan.agents[plan.agentTable.pick(random.next())]
        let recipient = plan.recipientTable.pick(random.next())
        let isAlone = aloneThreshold > 0 && random.next() & 0xFFFF_FFFF < aloneThreshold
        let pieces = plan.bytes
        let bytes = pieces.span
        buffer.append(agent.isHead ? Self.head : Self.get)
        buffer.append(bytes.extracting(shape.prefix))
        Self.appendDigits(UInt64(recipient), RequestPlan.recipientDigits, to: &buffer)
        buffer.append(bytes.extracting(shape.middle))
        Self.appendDigits(visit, VisitIDs.digitCount, to: &buffer)
        buffer.append(bytes.extracting(shape.tail))
        buffer.append(bytes.extracting(shape.isOpen ? agent.openHeaders : agent.clickHeaders))
        buffer.append(bytes.extracting(shape.padding))
        buffer.append(isAlone ? Self.close : Self.keepAlive)
        return MadeRequest(expectation: shape.expectation + (agent.isHead ? 1 : 0), isAlone: isAlone)
    }

    /// Writes the short request of a slow client.
    package func writeSlow(visit: UInt64, into buffer: inout ByteBuffer) -> MadeRequest {
        let pieces = plan.bytes
        buffer.append(pieces.span.extracting(plan.slowStart))
        Self.appendDigits(visit, VisitIDs.digitCount, to: &buffer)
        buffer.append(pieces.span.extracting(plan.slowEnd))
        return MadeRequest(expectation: plan.slowExpectation, isAlone: false)
    }

    // Typed, because a bare literal would choose the overload for `String`.
    private static let get: StaticString = "GET "
    private static let head: StaticString = "HEAD "
    private static let close: StaticString = "Connection: close\r\n\r\n"
    private static let keepAlive: StaticString = "Connection: keep-alive\r\n\r\n"

    private static func appendDigits(_ value: UInt64, _ count: Int, to buffer: inout ByteBuffer) {
        var rest = value
        unsafe buffer.appendFilling { room in
            var index = count
            while index > 0 {
                index -= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                unsafe room[index] = UInt8(truncatingIfNeeded: digit) &+ UInt8(ascii: "0")
                rest = quotient
            }
            return count
        }
    }
}
