import LoadEngine

/// Latencies as reports show them: in microseconds, and nothing where nothing was measured.
extension LatencyHistogram {
    /// A latency in microseconds; nil when there is none.
    func microseconds(_ nanoseconds: (LatencyHistogram) -> UInt64) -> Double? {
        count == 0 ? nil : Double(nanoseconds(self)) / 1e3
    }

    /// The mean in microseconds; nil when there is none.
    var meanMicroseconds: Double? { count == 0 ? nil : mean / 1e3 }
}
