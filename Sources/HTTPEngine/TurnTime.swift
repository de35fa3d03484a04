import LinuxSystem

/// Both clocks, read once a turn.
package struct TurnTime: Equatable, Sendable {
    /// Nanoseconds since 1970 UTC.
    package let realtimeNanoseconds: UInt64
    /// Nanoseconds of the monotonic clock.
    package let monotonicNanoseconds: UInt64

    package init(realtimeNanoseconds: UInt64, monotonicNanoseconds: UInt64) {
        self.realtimeNanoseconds = realtimeNanoseconds
        self.monotonicNanoseconds = monotonicNanoseconds
    }

    /// What the system's clocks say.
    package static func now() -> TurnTime {
        TurnTime(
            realtimeNanoseconds: SystemClock.realtimeNanoseconds(),
            monotonicNanoseconds: SystemClock.monotonicNanoseconds())
    }
}
