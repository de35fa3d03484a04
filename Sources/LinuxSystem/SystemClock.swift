import CLinux

/// The system's two clocks, clock_gettime(2). Neither call enters the kernel or allocates.
package enum SystemClock {
    /// Nanoseconds since 1970 UTC. It may be set back: never measure a duration with it.
    package static func realtimeNanoseconds() -> UInt64 {
        tremolo_realtime_nanoseconds()
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
