import Campaigns
import Engagement
import Journal
import Synchronization

/// What the aggregator tells a shipper: how far it has counted, and by what.
///
/// Rules and sections may change while the shipper is behind. What was counted by the old ones is shipped by them: each
/// *regime*, the time of one opened store under one set of rules, is kept until it is shipped.
final class ShippingFeed: Sendable {
    /// By what a regime counts.
    final class Figures: Sendable {
        let rules: RuleSet
        let sections: SectionDirectory
        let countries: (any CountryLookup)?
        let limits: FigureLimits

        init(
            rules: RuleSet, sections: SectionDirectory, countries: (any CountryLookup)?, limits: FigureLimits
        ) {
            self.rules = rules
            self.sections = sections
            self.countries = countries
            self.limits = limits
        }
    }

    /// A regime and how far it has counted.
    struct Regime: Sendable {
        let figures: Figures
        /// Tells the store's figures from those of one that was counted anew.
        let identity: String
        var counted: CountedJournal
    }

    private let regimes = Mutex<[Regime]>([])
    private let onNews: @Sendable () -> Void

    /// Regimes that are kept at once: of more, the oldest is shipped by the rules of the next.
    private static let regimesMax = 16

    /// - Parameter onNews: called when there is something new; must not wait.
    init(onNews: @escaping @Sendable () -> Void) {
        self.onNews = onNews
    }

    /// Says how far a regime has counted.
    ///
    /// - Parameter identity: gives the regime's, when it is a new one.
    func publish<Failure: Error>(
        _ figures: Figures, _ counted: CountedJournal, identity: () throws(Failure) -> String
    ) throws(Failure) {
        let isKnown = regimes.withLock { $0.last?.figures === figures }
        let identity = isKnown ? "" : try identity()
        let isNews = regimes.withLock { regimes in
            if isKnown, let last = regimes.last {
                regimes[regimes.count - 1].counted = counted
                return last.counted != counted
            }
            regimes.append(Regime(figures: figures, identity: identity, counted: counted))
            if regimes.count > Self.regimesMax { regimes.removeFirst() }
            return true
        }
        if isNews { onNews() }
    }

    /// The oldest regime that is not shipped.
    var first: Regime? { regimes.withLock { $0.first } }

    /// The newest regime: how far everything is counted.
    var last: Regime? { regimes.withLock { $0.last } }

    /// Goes on to the next regime, where there is one: all of this one is shipped.
    ///
    /// - Returns: true when there is one.
    func leave(_ figures: Figures) -> Bool {
        regimes.withLock { regimes in
            guard regimes.count > 1, regimes[0].figures === figures else { return false }
            regimes.removeFirst()
            return true
        }
    }

    /// Goes on to the last regime: what those before it counted was counted anew.
    func leaveAllButLast() {
        regimes.withLock { regimes in if regimes.count > 1 { regimes.removeFirst(regimes.count - 1) } }
    }
}
