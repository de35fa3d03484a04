/// How long to wait before a try: longer after each failure, and at random, so that those who failed together don't
/// come back together ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015: full jitter).
package struct Backoff {
    private let firstNanoseconds: UInt64
    private let mostNanoseconds: UInt64
    /// Failures in a row.
    package private(set) var failures = 0

    /// Begins without a failure.
    ///
    /// - Parameters:
    ///   - firstNanoseconds: the most that is waited after the first one.
    ///   - mostNanoseconds: the most that is ever waited.
    package init(firstNanoseconds: UInt64, mostNanoseconds: UInt64) {
        self.firstNanoseconds = firstNanoseconds
        self.mostNanoseconds = mostNanoseconds
    }

    /// It worked: the next failure is a first one.
    package mutating func succeed() { failures = 0 }

    /// It failed.
    ///
    /// - Returns: how long to wait, in nanoseconds.
    package mutating func fail(by generator: inout some RandomNumberGenerator) -> UInt64 {
        let doublings = min(UInt64(failures), 32)
        failures += 1
        let (bound, overflows) = firstNanoseconds.multipliedReportingOverflow(by: 1 << doublings)
        return UInt64.random(in: 0...(overflows ? mostNanoseconds : min(bound, mostNanoseconds)), using: &generator)
    }
}
