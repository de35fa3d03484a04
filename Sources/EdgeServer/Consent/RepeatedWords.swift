import Bytes

/// Tells who says the same again and again, so that nobody's link, opened in a loop, fills the disk: everything that is
/// recorded of consent is kept for good.
///
/// A person's first words within a minute are recorded, each with its time; of further ones the caller need record no
/// more than one a minute.
struct RepeatedWords {
    /// Who, and what of.
    struct Speaker: Hashable {
        let section: String
        let person: Bytes16
    }

    private var rates: [Speaker: CallRate] = [:]

    /// Words of one person that may come at once.
    private static let burst = 5.0
    private static let perSecond = 1.0 / 60
    /// People who are remembered at a time. Where more speak, whoever is not remembered is not held back: then the disk
    /// is asked by many people, each of whom has a link.
    private static let speakersMax = 4_096

    /// Takes a word.
    ///
    /// - Returns: true when it is one too many.
    mutating func isTooMuch(_ speaker: Speaker, nowNanoseconds now: UInt64) -> Bool {
        if rates[speaker] == nil {
            if rates.count >= Self.speakersMax { rates = rates.filter { !$0.value.isFull(nowNanoseconds: now) } }
            guard rates.count < Self.speakersMax else { return false }
        }
        return !rates[speaker, default: CallRate(perSecond: Self.perSecond, burst: Self.burst)]
            .take(nowNanoseconds: now)
    }
}
