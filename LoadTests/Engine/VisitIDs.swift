import Bytes

/// The numbers that tell this run's requests from every other event: each request carries one as its `expVisitId`.
///
/// A number is positive, below 2^63 and always 19 digits: bit 62 is set, 18 bits are the process's random salt, 11 bits
/// the lane (a thread in a round), 33 bits count that lane's requests.
package struct VisitIDs: Equatable, Sendable {
    /// Most lanes of a process.
    package static let laneCountMax = 2_048
    /// Digits of every number.
    package static let digitCount = 19
    private static let counterBits: UInt64 = 33
    private static let laneBits: UInt64 = 11

    /// The number of request 0.
    package let first: UInt64

    /// The numbers of a lane, from 0 up to `laneCountMax`.
    package init(salt: UInt64, lane: Int) {
        precondition(lane >= 0 && lane < Self.laneCountMax, "the process has used up its lanes")
        let saltBits = 62 - Self.counterBits - Self.laneBits
        first =
            1 << 62 | (salt & (1 << saltBits - 1)) << (Self.counterBits + Self.laneBits)
            | UInt64(lane) << Self.counterBits
    }

    /// The number of a request.
    package subscript(counter: UInt64) -> UInt64 { first + counter }

    /// Which lane and request of a process with this salt a number belongs to, or nil.
    package static func place(of number: UInt64, salt: UInt64) -> (lane: Int, counter: UInt64)? {
        let lane = Int(number >> counterBits & (1 << laneBits - 1))
        let counter = number & (1 << counterBits - 1)
        return VisitIDs(salt: salt, lane: lane)[counter] == number ? (lane, counter) : nil
    }
}
