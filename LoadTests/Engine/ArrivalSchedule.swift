/// When requests are due: the plan of an open loop, which no answer changes.
///
/// Times are nanoseconds from the start of the run, warm-up included, in ascending order. The same seed, lane and
/// lengths give the same times. Nothing here allocates.
package struct ArrivalSchedule: Sendable {
    /// How arrivals follow each other.
    package enum Kind: String, CaseIterable, Sendable {
        /// Evenly spaced.
        case constant
        /// At random, independent of each other: what many senders' mails together look like.
        case poisson
        /// A campaign just sent: at random at a rate that decays over the run, from about four times the mean to a
        /// thirteenth of it. The warm-up before it is Poisson at the mean rate.
        case blast
    }

    /// The burst's time constant as a part of the run: after a quarter of the run the rate is down to 1/e.
    static let decayShare = 0.25

    private let kind: Kind
    private let perSecond: Double
    private let warmupSeconds: Double
    private let totalSeconds: Double
    private let lane: Double
    private let laneCount: Double
    private var random: LoadRandom
    private var index = 0.0
    private var positionSeconds = 0.0
    /// Arrivals of the burst that were due on average until the last one.
    private var burst = 0.0

    /// Plans one lane's share of the arrivals.
    ///
    /// - Parameters:
    ///   - perSecond: arrivals a second of all lanes together, above 0; for a blast the mean.
    ///   - lane: which of `laneCount` threads this is for, from 0. Constant lanes interleave, random ones are
    ///     independent.
    package init(
        kind: Kind, perSecond: Double, warmupNanoseconds: UInt64, durationNanoseconds: UInt64, seed: UInt64,
        lane: Int = 0, laneCount: Int = 1
    ) {
        precondition(perSecond > 0 && perSecond.isFinite, "a schedule has a rate")
        precondition(lane >= 0 && lane < laneCount, "a lane is one of laneCount")
        self.kind = kind
        self.perSecond = perSecond
        self.lane = Double(lane)
        self.laneCount = Double(laneCount)
        warmupSeconds = Double(warmupNanoseconds) / 1e9
        totalSeconds = Double(warmupNanoseconds + durationNanoseconds) / 1e9
        random = LoadRandom(seed: seed, stream: UInt64(lane) &+ 1)
    }

    /// The next arrival, or nil behind the last one.
    package mutating func next() -> UInt64? {
        let seconds: Double
        switch kind {
        case .constant:
            seconds = (index * laneCount + lane) / perSecond
            index += 1
        case .poisson:
            positionSeconds += random.exponential() * laneCount / perSecond
            seconds = positionSeconds
        case .blast:
            guard let next = nextOfBlast() else { return nil }
            seconds = next
        }
        return seconds < totalSeconds ? UInt64(seconds * 1e9) : nil
    }

    private mutating func nextOfBlast() -> Double? {
        if positionSeconds < warmupSeconds {
            positionSeconds += random.exponential() * laneCount / perSecond
            if positionSeconds < warmupSeconds { return positionSeconds }
            positionSeconds = warmupSeconds
        }
        // Arrivals until t: all * (1 - exp(-t / decay)) / (1 - exp(-run / decay)), turned round.
        let runSeconds = totalSeconds - warmupSeconds
        let decaySeconds = runSeconds * Self.decayShare
        let whole = 1 - LoadMathematics.exponential(-1 / Self.decayShare)
        burst += random.exponential()
        let share = burst / (perSecond / laneCount * runSeconds) * whole
        guard share < 1 else { return nil }
        return warmupSeconds - decaySeconds * LoadMathematics.logarithm(1 - share)
    }
}
