/// The difference of two rates, and between which bounds the true one lies.
///
/// The interval is Newcombe's hybrid of two score intervals, method 10 of R. G. Newcombe, "Interval estimation for the
/// difference between independent proportions: comparison of eleven methods", Statistics in Medicine 17 (1998),
/// 873–890. It holds for few people and for rates near 0 and 1, where the usual one does not, and never leaves -1 to 1.
struct RateDifference: Equatable {
    /// People, and how many of them did it.
    struct Sample: Equatable {
        /// At most `whole`.
        let part: UInt64
        /// At least 1.
        let whole: UInt64

        var rate: Double { Double(part) / Double(whole) }

        /// Wilson's score interval (E. B. Wilson, 1927).
        func scoreInterval(z: Double) -> ClosedRange<Double> {
            let (n, p) = (Double(whole), rate)
            let middle = (2 * n * p + z * z) / (2 * (n + z * z))
            let half = z * (z * z + 4 * n * p * (1 - p)).squareRoot() / (2 * (n + z * z))
            return max(0, min(p, middle - half))...min(1, max(p, middle + half))
        }
    }

    /// The one whose rate is told.
    let sample: Sample
    /// The one that it is compared with.
    let other: Sample
    /// The first's rate less the second's.
    let difference: Double
    /// Where the true difference lies, with the confidence that was asked for.
    let interval: ClosedRange<Double>

    /// - Parameter confidence: such as 0.95.
    init(_ sample: Sample, less other: Sample, confidence: Double) {
        self.sample = sample
        self.other = other
        let z = NormalDistribution.quantile(1 - (1 - confidence) / 2)
        let (one, two) = (sample.scoreInterval(z: z), other.scoreInterval(z: z))
        difference = sample.rate - other.rate
        func length(_ first: Double, _ second: Double) -> Double { (first * first + second * second).squareRoot() }
        interval =
            difference - length(sample.rate - one.lowerBound, two.upperBound - other.rate)...difference
            + length(one.upperBound - sample.rate, other.rate - two.lowerBound)
    }

    /// True when no difference at all lies outside of the interval.
    var isReal: Bool { interval.lowerBound > 0 || interval.upperBound < 0 }

    /// So many people more in each of the two would tell, with a power of 80%, if the difference that is seen is the
    /// true one; nil where no difference is seen, or more would be needed than there are people.
    func peopleNeeded(confidence: Double) -> UInt64? {
        guard difference != 0 else { return nil }
        let z = NormalDistribution.quantile(1 - (1 - confidence) / 2) + NormalDistribution.quantile(0.8)
        let variance = sample.rate * (1 - sample.rate) + other.rate * (1 - other.rate)
        let needed = (z * z * variance / (difference * difference)).rounded(.up)
        guard needed < 1e10 else { return nil }
        let present = min(sample.whole, other.whole)
        return UInt64(needed) > present ? UInt64(needed) - present : nil
    }
}
