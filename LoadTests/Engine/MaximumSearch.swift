/// The search for the highest rate that still meets a latency goal.
///
/// A closed loop says what the server can do at all; from there an interval is halved with open loops: a rate that
/// passes is the new lower end, one that fails the new upper end. The search is a value: whoever runs it asks for the
/// next rate, runs a step and hands its figures back.
package struct MaximumSearch: Equatable, Sendable {
    /// One open loop at one rate.
    package struct Step: Equatable, Sendable {
        /// Arrivals a second.
        package var perSecond: Double
        /// The latency that 99% of them didn't exceed, in nanoseconds.
        package var p99: UInt64
        /// The share of the arrivals that were answered as expected.
        package var completedShare: Double
        /// Errors of every kind.
        package var errors: UInt64
        /// True when the goal was met, nothing went wrong and 99% of the arrivals were answered.
        package var hasPassed: Bool
    }

    /// Most steps. 12: halving the interval as often leaves less than what two runs of the same rate differ by.
    package static let stepsMax = 12
    /// The search ends when the interval is this share of its upper end. 2%.
    package static let precision = 0.02

    /// The latency that 99% of the requests may take, in nanoseconds.
    package let goal: UInt64
    /// What the closed loop reached, in requests a second.
    package let closedPerSecond: Double
    /// The steps so far.
    package private(set) var steps: [Step] = []
    private var passed = 0.0
    private var failed: Double

    /// Begins with what a closed loop reached.
    package init(goalNanoseconds: UInt64, closedPerSecond: Double) {
        goal = goalNanoseconds
        self.closedPerSecond = closedPerSecond
        // An open loop can't pass a tenth above what the server can do at all.
        failed = closedPerSecond * 1.1
    }

    /// The next rate to try, or nil when the search is done.
    package var nextPerSecond: Double? {
        guard closedPerSecond > 0, steps.count < Self.stepsMax, failed - passed > failed * Self.precision else {
            return nil
        }
        return (passed + failed) / 2
    }

    /// Notes what a step at `perSecond` came to.
    package mutating func add(_ figures: RunFigures, perSecond: Double) {
        let loop = figures.loop
        let share = loop.arrivals == 0 ? 0 : Double(loop.completed) / Double(loop.arrivals)
        let p99 = loop.latency.value(atShare: 0.99)
        let hasPassed = p99 <= goal && loop.errors.total == 0 && share >= 0.99
        steps.append(
            Step(
                perSecond: perSecond, p99: p99, completedShare: share, errors: loop.errors.total, hasPassed: hasPassed))
        if hasPassed { passed = max(passed, perSecond) } else { failed = min(failed, perSecond) }
    }

    /// The highest rate that passed; nil when none did.
    package var maximumPerSecond: Double? { passed > 0 ? passed : nil }
}
