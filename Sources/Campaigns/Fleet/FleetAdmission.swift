import Engagement
import TrackingLinks

/// Which events stand under `(other)`, and whose people are not counted, because a limit was reached: asked of the
/// embedded store, which decided it when it counted them.
///
/// What the store has not admitted when it has counted an event it never will, and what it has admitted it keeps. So a
/// scope is asked for once, and again only for a key that was not among its own while there was room for more.
struct FleetAdmission {
    private let limits: FigureLimits
    private var scopes: [FigureScope: Scope] = [:]

    /// What is known of one scope.
    private struct Scope {
        var admitted = FigureFolder.Admission()
        /// The scope was asked for in this cycle: nothing new will be heard.
        var isFresh = true
        /// People of the present events who stand in the store; nil where everybody does.
        var people: Set<UInt64>?
    }

    init(limits: FigureLimits) {
        self.limits = limits
    }

    /// Scopes that are remembered at once; past it all are forgotten and asked for again.
    private static let scopesMax = 256

    /// Begins a cycle, in which the store has counted more.
    mutating func beginCycle() {
        if scopes.count > Self.scopesMax { scopes.removeAll() }
        for scope in scopes.keys {
            scopes[scope]?.isFresh = false
            scopes[scope]?.people = nil
        }
    }

    /// Forgets everything: numbers of the vocabulary mean something else, or the store is another one.
    mutating func forget() { scopes.removeAll() }

    /// Learns who of a scope's events the store counts. Before `admit` is asked about any of them.
    mutating func learnPeople(
        _ events: some Sequence<FoldedEvent>, _ vocabulary: FigureVocabulary, _ store: some CampaignStore
    ) throws(StoreError) {
        var people: [FigureScope: Set<UInt64>] = [:]
        for event in events where event.hasPerson && event.outcome != .refused {
            let scope = vocabulary.scope(placement: event.placement, dayNumber: event.dayNumber)
            people[scope, default: []].insert(event.person)
        }
        for (scope, everyone) in people {
            var known = try self.scope(scope, vocabulary, store)
            known.admitted.peopleMax += everyone.count
            if known.admitted.peopleMax >= limits.peoplePerSectionDay {
                known.admitted.peopleMax = try store.peopleCount(in: vocabulary.named(scope))
                if known.admitted.peopleMax >= limits.peoplePerSectionDay {
                    known.people = try store.knownPeople(among: everyone, in: vocabulary.named(scope))
                }
            }
            scopes[scope] = known
        }
    }

    /// Moves an event to `(other)` where the store counts it there.
    ///
    /// - Returns: whether the store counts its person.
    mutating func admit(
        _ event: inout FoldedEvent, _ vocabulary: inout FigureVocabulary, _ store: some CampaignStore
    ) throws(StoreError) -> FleetEventRows.Person {
        let scope = vocabulary.scope(placement: event.placement, dayNumber: event.dayNumber)
        if let key = vocabulary.keyDigest(placement: event.placement, route: event.route, link: event.link),
            try !isAdmitted(key, \.keys, limits.keysPerSectionDay, scope, vocabulary, store)
        {
            vocabulary.moveKeyToOther(&event)
        }
        let host = vocabulary.traits[event.traits].host
        if let host = vocabulary.hostDigest(placement: event.placement, host: host),
            try !isAdmitted(host, \.hosts, limits.hostsPerSectionDay, scope, vocabulary, store)
        {
            vocabulary.moveHostToOther(&event)
        }
        guard event.hasPerson, event.outcome != .refused else { return .none }
        guard let people = scopes[scope]?.people else { return .counted }
        return people.contains(event.person) ? .counted : .capped
    }

    private mutating func isAdmitted(
        _ digest: UInt64, _ kind: KeyPath<FigureFolder.Admission, Set<UInt64>>, _ limit: Int, _ scope: FigureScope,
        _ vocabulary: FigureVocabulary, _ store: some CampaignStore
    ) throws(StoreError) -> Bool {
        var known = try self.scope(scope, vocabulary, store)
        if known.admitted[keyPath: kind].contains(digest) { return true }
        if known.isFresh || known.admitted[keyPath: kind].count >= limit { return false }
        known.admitted = try Self.ask(scope, vocabulary, store, peopleMax: known.admitted.peopleMax)
        known.isFresh = true
        scopes[scope] = known
        return known.admitted[keyPath: kind].contains(digest)
    }

    private mutating func scope(
        _ scope: FigureScope, _ vocabulary: FigureVocabulary, _ store: some CampaignStore
    ) throws(StoreError) -> Scope {
        if let known = scopes[scope] { return known }
        let people = try store.peopleCount(in: vocabulary.named(scope))
        let made = Scope(admitted: try Self.ask(scope, vocabulary, store, peopleMax: people))
        scopes[scope] = made
        return made
    }

    private static func ask(
        _ scope: FigureScope, _ vocabulary: FigureVocabulary, _ store: some CampaignStore, peopleMax: Int
    ) throws(StoreError) -> FigureFolder.Admission {
        let stored = try store.admittedKeys(in: vocabulary.named(scope))
        return FigureFolder.Admission(
            keys: Set(stored.keys.map { KeyDigest.of(texts: $0) }),
            hosts: Set(stored.hosts.map { KeyDigest.of(texts: $0) }), peopleMax: peopleMax)
    }
}
