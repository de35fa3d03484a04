/// The search for the highest rate that still meets a latency goal.
///
/// A closed loop says what the server can do at all; from there an interval is halved with open loops: a rate that
/// passes is the new lower end, one that fails the new upper end. A rate that fails is tried again, because a machine's
/// own stalls only ever make a run worse: it fails when `triesMax` runs of it do. The search is a value: whoever runs
/// it asks for the next rate, runs a step and hands its figures back.
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
        /// True when the goal was met and all was right (`RunFigures.isRight`).
        package var hasPassed: Bool
    }

    /// Runs of a rate before it is given up. 3.
    package static let triesMax = 3
    /// Most rates. 12: halving the interval as often leaves less than what two runs of the same rate differ by.
    package static let ratesMax = 12
    /// The search ends when the interval is this share of its upper end. 2%.
    package static let precision = 0.02

    /// The latency that 99% of the requests may take, in nanoseconds.
    package let goal: UInt64
    /// What the closed loop reached, in requests a second.
    package let closedPerSecond: Double
    /// The steps so far.
    package private(set) var steps: [Step] = []
    /// Errors of the closed loop and of all steps.
    package private(set) var errors: ErrorCounts
    /// The first wrong answer of any of them.
    package private(set) var wrongAnswer: WrongAnswer?
    private var passed = 0.0
    private var failed: Double
    private var rates = 0
    private var tries = 0

    /// Begins with what a closed loop reached.
    package init(goalNanoseconds: UInt64, closed: RunFigures) {
        goal = goalNanoseconds
        closedPerSecond = closed.requestsPerSecond
        errors = closed.loop.errors
        wrongAnswer = closed.loop.wrongAnswer
        // An open loop can't pass a tenth above what the server can do at all.
        failed = closedPerSecond * 1.1
    }

    /// The next rate to try, or nil when the search is done.
    package var nextPerSecond: Double? {
        guard closedPerSecond > 0, rates < Self.ratesMax, failed - passed > failed * Self.precision else {
            return nil
        }
        return (passed + failed) / 2
    }

    /// Notes what a step at `perSecond` came to.
    package mutating func add(_ figures: RunFigures, perSecond: Double) {
        let loop = figures.loop
        let p99 = loop.latency.value(atShare: 0.99)
        let hasPassed = p99 <= goal && figures.isRight
        steps.append(
            Step(
                perSecond: perSecond, p99: p99, completedShare: figures.answeredShare, errors: loop.errors.total,
                hasPassed: hasPassed))
        errors.merge(loop.errors)
        wrongAnswer = wrongAnswer ?? loop.wrongAnswer
        tries += 1
        if hasPassed {
            passed = max(passed, perSecond)
        } else if tries == Self.triesMax {
            failed = min(failed, perSecond)
        } else {
            return
        }
        tries = 0
        rates += 1
    }

    /// The lowest rate that failed as often as it was tried; nil when none did.
    package var failedPerSecond: Double? { failed < closedPerSecond * 1.1 ? failed : nil }

    /// True when no answer was wrong. Answers that came late or not at all are what the search looks for.
    package var isRight: Bool { errors.status + errors.location + errors.body == 0 && closedPerSecond > 0 }

    /// The highest rate that passed; nil when none did.
    package var maximumPerSecond: Double? { passed > 0 ? passed : nil }
}
