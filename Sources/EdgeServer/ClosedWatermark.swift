import Synchronization

/// Up to where windows are closed: what a worker still writes before it is late.
///
/// It also moves promises on while the clock reads less than what was promised, so that windows close behind late
/// events (Documentation/decisions/0002).
final class ClosedWatermark: Sendable {
    private let value = Atomic<UInt64>(0)
    /// The greatest promise that any shard of this node has made behind late events.
    private let promised = Atomic<UInt64>(0)

    /// Nanoseconds since 1970 UTC.
    var nanoseconds: UInt64 { value.load(ordering: .acquiring) }

    /// Moves it forward; it never goes back.
    func advance(to nanoseconds: UInt64) {
        value.max(nanoseconds, ordering: .acquiringAndReleasing)
    }

    /// What a shard promises at a tick: the present, or, once the clock reads less than a shard had promised, one more
    /// nanosecond than any shard of this node has promised since. The shards take turns in passing each other, so that
    /// each one's late events close once all have ticked, however far apart their floors were.
    ///
    /// - Parameter floor: the least order time that the shard's next event may have.
    func promise(nowNanoseconds now: UInt64, floorNanoseconds floor: UInt64) -> UInt64 {
        let least = max(floor, nanoseconds, promised.load(ordering: .acquiring))
        guard now < least else { return now }
        promised.max(least, ordering: .acquiringAndReleasing)
        return promised.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
    }
}
