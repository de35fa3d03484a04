import Engagement
import LinuxSystem

/// Folds events into figures, within the limits of each scope.
///
/// Figures are sums and sets, so the order of events matters only where a limit cuts: then the keys and people that
/// came first, in the order of (order time, payload), are admitted. The folder therefore counts first and looks whether
/// any limit could be reached; only if one is, it sorts and folds again one event at a time. What was admitted is
/// remembered by scope; at a scope's first event it is asked of the store, so that a restart goes on where the last
/// commit stood.
struct FigureFolder {
    let limits: FigureLimits
    private var admitted: [FigureScope: Admission] = [:]

    /// Scopes that are remembered at once; past it all are forgotten and asked for again.
    private static let scopesMax = 512
    /// Events between which a worker on the same processor may go first; a power of two.
    private static let eventsPerPiece = 256

    init(limits: FigureLimits) {
        self.limits = limits
    }

    /// What one scope has admitted.
    struct Admission {
        /// Digests of the keys of rollups.
        var keys: Set<UInt64> = []
        /// Digests of the keys of hosts.
        var hosts: Set<UInt64> = []
        /// At least as many people as were admitted; events are counted in place of people while that is enough.
        var peopleMax = 0
    }

    /// Forgets what was admitted: after a commit that failed, and when the vocabulary is made anew.
    mutating func forget() {
        admitted.removeAll()
    }

    /// Folds the events that a commit closes, and those in open windows as they would stand if they closed now.
    ///
    /// Only the closed ones are remembered as admitted. Every closed event of a node comes before every open one of it.
    mutating func fold(
        closed: [ArraySlice<FoldedEvent>], open: [ArraySlice<FoldedEvent>], vocabulary: inout FigureVocabulary,
        store: some CampaignStore
    ) throws(StoreError) -> (closed: FigureDelta, open: FigureDelta) {
        if admitted.count > Self.scopesMax { forget() }
        let deltas = (closed: Self.delta(of: closed, vocabulary), open: Self.delta(of: open, vocabulary))

        var demands: [FigureScope: ScopeDemand] = [:]
        demand(of: deltas.closed, vocabulary, into: &demands, part: \.closed)
        demand(of: deltas.open, vocabulary, into: &demands, part: \.open)
        var grown = admitted
        for (scope, demand) in demands {
            let admission = try admission(in: scope, vocabulary, store)
            guard let fitting = try fit(demand, admission, scope, closed: closed, open: open, vocabulary, store) else {
                return try foldInOrder(closed: closed, open: open, Array(demands.keys), &vocabulary, store)
            }
            grown[scope] = fitting
        }
        admitted = grown
        return deltas
    }

    /// What events add up to when no limit cuts.
    private static func delta(of slices: [ArraySlice<FoldedEvent>], _ vocabulary: FigureVocabulary) -> FigureDelta {
        var delta = FigureDelta()
        for slice in slices {
            for (index, event) in slice.enumerated() {
                if index & (eventsPerPiece - 1) == 0 { SystemThread.giveWay() }
                delta.add(event, countsPerson: true, terms: vocabulary.terms)
            }
        }
        return delta
    }

    /// Remembers what a scope has admitted.
    mutating func remember(_ admission: Admission, in scope: FigureScope) {
        admitted[scope] = admission
    }

    /// What the scope has admitted: as remembered, else as the store has it.
    mutating func admission(
        in scope: FigureScope, _ vocabulary: FigureVocabulary, _ store: some CampaignStore
    ) throws(StoreError) -> Admission {
        if let known = admitted[scope] { return known }
        let stored = try store.admittedKeys(in: vocabulary.named(scope))
        var admission = Admission()
        for key in stored.keys { admission.keys.insert(KeyDigest.of(texts: key)) }
        for host in stored.hosts { admission.hosts.insert(KeyDigest.of(texts: host)) }
        admission.peopleMax = try store.peopleCount(in: vocabulary.named(scope))
        admitted[scope] = admission
        return admission
    }
}
