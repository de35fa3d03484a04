import TrackingLinks

/// What a fold asks of one scope.
struct ScopeDemand {
    struct Part {
        var keys: Set<UInt64> = []
        var hosts: Set<UInt64> = []
        /// Events that would count a person.
        var peopleMax = 0
    }
    var closed = Part()
    var open = Part()
}

/// Digests of the keys that limits count, equal for equal texts in one process.
enum KeyDigest {
    /// The digest of words by their numbers.
    static func of(_ words: [UInt32], _ terms: TermTable) -> UInt64 {
        combine(words.map { terms.hash($0) })
    }

    /// The digest of words by their texts; nil is no word.
    static func of(texts: [[UInt8]?]) -> UInt64 {
        combine(texts.map { text in text.map { TermTable.hash($0.span) } ?? 0 })
    }

    private static func combine(_ hashes: [UInt64]) -> UInt64 {
        var hasher = Hasher()
        for hash in hashes { hasher.combine(hash) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

extension FigureVocabulary {
    /// The digest of what rollups are kept by, time and class left out; nil for the key that takes up all others, which
    /// is never counted.
    func keyDigest(placement: UInt32, route: UInt32, link: UInt32) -> UInt64? {
        let place = placements[placement]
        let way = routes[route]
        let words = [place.experience, place.version, place.variation, way.mech, way.smech, link]
        if words.allSatisfy({ $0 == TermTable.other || $0 == TermTable.none }) { return nil }
        return KeyDigest.of(words, terms)
    }

    /// The digest of what hosts are kept by, day and class left out; nil for no host and for the one that takes up all
    /// others.
    func hostDigest(placement: UInt32, host: UInt32) -> UInt64? {
        guard host != TermTable.none, host != TermTable.other else { return nil }
        let place = placements[placement]
        return KeyDigest.of([place.experience, place.version, place.variation, host], terms)
    }

    /// The scope of a placement's events on a day.
    func scope(placement: UInt32, dayNumber: Int32) -> FigureScope {
        let place = placements[placement]
        return FigureScope(node: place.node, section: place.section, dayNumber: dayNumber)
    }

    /// The scope as a store knows it.
    func named(_ scope: FigureScope) -> AdmissionScope {
        AdmissionScope(node: scope.node, section: terms.bytes(scope.section), dayNumber: scope.dayNumber)
    }
}

extension FigureFolder {
    /// Adds up, by scope, what a delta would need to be admitted whole.
    func demand(
        of delta: FigureDelta, _ vocabulary: FigureVocabulary, into demands: inout [FigureScope: ScopeDemand],
        part: WritableKeyPath<ScopeDemand, ScopeDemand.Part>
    ) {
        for key in delta.rollups.keys {
            let digest = vocabulary.keyDigest(placement: key.placement, route: key.route, link: key.link)
            guard let digest else { continue }
            let scope = vocabulary.scope(placement: key.placement, dayNumber: key.dayNumber)
            demands[scope, default: ScopeDemand()][keyPath: part].keys.insert(digest)
        }
        for key in delta.traits.keys {
            let host = vocabulary.traits[key.traits].host
            guard let digest = vocabulary.hostDigest(placement: key.placement, host: host) else { continue }
            let scope = vocabulary.scope(placement: key.placement, dayNumber: key.dayNumber)
            demands[scope, default: ScopeDemand()][keyPath: part].hosts.insert(digest)
        }
        for (key, leaf) in delta.leaves.entries {
            let scope = vocabulary.scope(placement: key.placement, dayNumber: key.dayNumber)
            demands[scope, default: ScopeDemand()][keyPath: part].peopleMax += leaf.people.count + leaf.others.count
        }
    }

    /// What the scope has admitted once the closed part is in, or nil when the two parts together pass a limit.
    func fit(
        _ demand: ScopeDemand, _ before: Admission, _ scope: FigureScope, closed: [ArraySlice<FoldedEvent>],
        open: [ArraySlice<FoldedEvent>],
        _ vocabulary: FigureVocabulary, _ store: some CampaignStore
    ) throws(StoreError) -> Admission? {
        var after = before
        after.keys.formUnion(demand.closed.keys)
        after.hosts.formUnion(demand.closed.hosts)
        guard after.keys.union(demand.open.keys).count <= limits.keysPerSectionDay,
            after.hosts.union(demand.open.hosts).count <= limits.hostsPerSectionDay
        else { return nil }
        after.peopleMax += demand.closed.peopleMax
        if after.peopleMax + demand.open.peopleMax <= limits.peoplePerSectionDay { return after }

        let closedPeople = people(of: closed, in: scope, vocabulary)
        let everyone = closedPeople.union(people(of: open, in: scope, vocabulary))
        let known = try store.knownPeople(among: everyone, in: vocabulary.named(scope))
        let count = try store.peopleCount(in: vocabulary.named(scope))
        guard count + everyone.count - known.count <= limits.peoplePerSectionDay else { return nil }
        after.peopleMax = count + closedPeople.subtracting(known).count
        return after
    }

    /// Folds one event at a time in the order that limits follow.
    mutating func foldInOrder(
        closed: [ArraySlice<FoldedEvent>], open: [ArraySlice<FoldedEvent>], _ scopes: [FigureScope],
        _ vocabulary: inout FigureVocabulary,
        _ store: some CampaignStore
    ) throws(StoreError) -> (closed: FigureDelta, open: FigureDelta) {
        var admissions: [FigureScope: OrderedAdmission] = [:]
        for scope in scopes {
            let everyone = people(of: closed, in: scope, vocabulary).union(people(of: open, in: scope, vocabulary))
            admissions[scope] = OrderedAdmission(
                try admission(in: scope, vocabulary, store), limits: limits,
                known: try store.knownPeople(among: everyone, in: vocabulary.named(scope)),
                peopleCount: try store.peopleCount(in: vocabulary.named(scope)))
        }
        let closedDelta = addInOrder(closed, &admissions, &vocabulary)
        for (scope, admission) in admissions { remember(admission.admission, in: scope) }
        return (closedDelta, addInOrder(open, &admissions, &vocabulary))
    }

    private func addInOrder(
        _ slices: [ArraySlice<FoldedEvent>], _ admissions: inout [FigureScope: OrderedAdmission],
        _ vocabulary: inout FigureVocabulary
    ) -> FigureDelta {
        var delta = FigureDelta()
        for event in slices.joined().sorted(by: { $0.precedes($1) }) {
            var event = event
            let scope = vocabulary.scope(placement: event.placement, dayNumber: event.dayNumber)
            // A scope that demanded nothing has nobody and nothing that a limit could leave out.
            let countsPerson = admissions[scope]?.admit(&event, &vocabulary) ?? true
            if !countsPerson { delta.capped.insert(scope) }
            delta.add(event, countsPerson: countsPerson, terms: vocabulary.terms)
        }
        return delta
    }

    private func people(
        of slices: [ArraySlice<FoldedEvent>], in scope: FigureScope, _ vocabulary: FigureVocabulary
    ) -> Set<UInt64> {
        var people: Set<UInt64> = []
        for event in slices.joined() where event.hasPerson && event.outcome != .refused {
            guard vocabulary.scope(placement: event.placement, dayNumber: event.dayNumber) == scope else { continue }
            people.insert(event.person)
        }
        return people
    }
}

/// The admission of one scope while events are folded one at a time.
private struct OrderedAdmission {
    private(set) var admission: FigureFolder.Admission
    private let limits: FigureLimits
    private var people: Set<UInt64>

    init(_ admission: FigureFolder.Admission, limits: FigureLimits, known: Set<UInt64>, peopleCount: Int) {
        self.admission = admission
        self.limits = limits
        people = known
        self.admission.peopleMax = peopleCount
    }

    /// Moves the event to `(other)` where its key or host is past a limit.
    ///
    /// - Returns: false when the event has a person who is past the cap.
    mutating func admit(_ event: inout FoldedEvent, _ vocabulary: inout FigureVocabulary) -> Bool {
        if let key = vocabulary.keyDigest(placement: event.placement, route: event.route, link: event.link),
            !Self.admit(key, to: &admission.keys, limits.keysPerSectionDay)
        {
            vocabulary.moveKeyToOther(&event)
        }
        if let host = vocabulary.hostDigest(
            placement: event.placement, host: vocabulary.traits[event.traits].host),
            !Self.admit(host, to: &admission.hosts, limits.hostsPerSectionDay)
        {
            vocabulary.moveHostToOther(&event)
        }
        guard event.hasPerson, event.outcome != .refused, !people.contains(event.person) else { return true }
        guard admission.peopleMax < limits.peoplePerSectionDay else { return false }
        admission.peopleMax += 1
        people.insert(event.person)
        return true
    }

    private static func admit(_ digest: UInt64, to admitted: inout Set<UInt64>, _ limit: Int) -> Bool {
        if admitted.contains(digest) { return true }
        guard admitted.count < limit else { return false }
        admitted.insert(digest)
        return true
    }
}

extension FigureVocabulary {
    /// Moves an event to the key that takes up all others.
    mutating func moveKeyToOther(_ event: inout FoldedEvent) {
        let place = placements[event.placement]
        let other = TermTable.other
        event.placement = intern(
            Placement(node: place.node, section: place.section, experience: other, version: other, variation: other))
        event.route = intern(Route(mech: other, smech: other))
        if event.link != TermTable.none { event.link = other }
    }

    /// Moves an event to the host that takes up all others.
    mutating func moveHostToOther(_ event: inout FoldedEvent) {
        var traits = traits[event.traits]
        traits.host = TermTable.other
        event.traits = intern(traits)
    }
}
