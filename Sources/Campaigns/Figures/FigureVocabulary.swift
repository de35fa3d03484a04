/// Everything that figures are kept by, as small numbers: words, and the tuples that stand together in keys.
///
/// Numbers are meaningful beside the vocabulary that gave them. They live as long as it does; a store keeps its own
/// numbers and translates, once for each number it meets.
struct FigureVocabulary {
    /// Tells this vocabulary from those before it: numbers of one mean nothing in another.
    let generation: UInt64
    /// The words.
    var terms = TermTable()
    private(set) var placements = TupleTable<Placement>()
    private(set) var routes = TupleTable<Route>()
    private(set) var traits = TupleTable<Traits>()

    /// An empty vocabulary.
    init(generation: UInt64 = 0) {
        self.generation = generation
    }

    /// Where in a sender's campaigns an event belongs.
    struct Placement: Hashable {
        /// The node that recorded it: limits are applied to each node's events on their own.
        var node: UInt64
        var section: UInt32
        var experience: UInt32
        var version: UInt32
        var variation: UInt32
    }

    /// How the variation was chosen.
    struct Route: Hashable {
        var mech: UInt32
        var smech: UInt32
    }

    /// What an event's request and link were like: the facets, but for the outcome.
    struct Traits: Hashable {
        var client: UInt32
        var device: UInt32
        var country: UInt32
        var host: UInt32
        /// The bits of what was repaired and noted in the link.
        var repairs: UInt32
    }

    mutating func intern(_ placement: Placement) -> UInt32 { placements.intern(placement) }
    mutating func intern(_ route: Route) -> UInt32 { routes.intern(route) }
    mutating func intern(_ traits: Traits) -> UInt32 { self.traits.intern(traits) }

    /// Bytes that it takes, about.
    var memoryBytes: Int {
        terms.memoryBytes + placements.count * 96 + routes.count * 48 + traits.count * 80
    }
}

/// Tuples, each once, numbered from 0.
struct TupleTable<Tuple: Hashable> {
    private var numbers: [Tuple: UInt32] = [:]
    private var tuples: [Tuple] = []

    var count: Int { tuples.count }

    subscript(number: UInt32) -> Tuple { tuples[Int(number)] }

    mutating func intern(_ tuple: Tuple) -> UInt32 {
        if let number = numbers[tuple] { return number }
        let number = UInt32(tuples.count)
        numbers[tuple] = number
        tuples.append(tuple)
        return number
    }
}
