/// The seconds of one node in which more happened than windows can hold.
///
/// A second is known to be crowded as soon as one event too many was read of it, and stays so. It is remembered for as
/// long as a window can reach it, so that its events need not be.
struct CrowdedSeconds {
    /// A second, in nanoseconds.
    static let nanoseconds: UInt64 = 1_000_000_000

    /// The crowded seconds, as seconds since 1970 UTC.
    private(set) var seconds: Set<UInt64> = []

    /// Counts events and remembers which seconds are crowded.
    ///
    /// - Parameters:
    ///   - times: order times in nanoseconds; of every second all events that were read, or it is known already.
    ///   - limit: events that a second may have.
    mutating func count(_ times: some Sequence<UInt64>, limit: Int) {
        var counts: [UInt64: Int] = [:]
        var second: UInt64 = 0
        var run = 0
        // Events of one second mostly come one behind the other.
        for time in times {
            let next = time / Self.nanoseconds
            if next != second {
                if run > 0 { counts[second, default: 0] += run }
                (second, run) = (next, 0)
            }
            run += 1
        }
        if run > 0 { counts[second, default: 0] += run }
        for (second, count) in counts where count > limit { seconds.insert(second) }
    }

    /// True when the second of a moment is crowded.
    func contains(_ nanoseconds: UInt64) -> Bool { seconds.contains(nanoseconds / Self.nanoseconds) }

    /// The last crowded second that begins before a moment.
    func last(before nanoseconds: UInt64) -> UInt64? {
        seconds.filter { $0 * Self.nanoseconds < nanoseconds }.max()
    }

    /// Forgets the seconds before a moment.
    mutating func forget(before nanoseconds: UInt64) {
        let first = nanoseconds / Self.nanoseconds
        if seconds.contains(where: { $0 < first }) { seconds = seconds.filter { $0 >= first } }
    }
}
