import CLinux

/// The system's two clocks, clock_gettime(2). Neither call enters the kernel or allocates. The first one can be a
/// `ClockFile` instead, for demonstrations and tests.
package enum SystemClock {
    /// Nanoseconds since 1970 UTC: the kernel's clock, or the one of `follow`. It may be set back: never measure a
    /// duration with it.
    package static func realtimeNanoseconds() -> UInt64 {
        tremolo_realtime_nanoseconds()
    }

    /// Has this process take the time of day from a file of `ClockFile` for the rest of its life. Durations, timers and
    /// deadlines go on by the kernel's monotonic clock. Call it before there is a second thread.
    package static func follow(_ clock: consuming ClockFile) {
        clock.becomeRealtimeClock()
    }

    /// Nanoseconds since some moment in the past. It never goes back.
    package static func monotonicNanoseconds() -> UInt64 {
        tremolo_monotonic_nanoseconds()
    }

    /// Nanoseconds of processor time that the calling thread has used.
    package static func threadProcessorNanoseconds() -> UInt64 {
        tremolo_thread_cpu_nanoseconds()
    }
}
