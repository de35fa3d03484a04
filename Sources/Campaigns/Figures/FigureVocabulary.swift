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
    struct Placement: FigureKey {
        /// The node that recorded it: limits are applied to each node's events on their own.
        var node: UInt64
        var section: UInt32
        var experience: UInt32
        var version: UInt32
        var variation: UInt32

        @inline(__always)
        func hash(seed: UInt64) -> UInt64 {
            let words = FoldedHash.mix(
                seed ^ node, UInt64(section) << 32 | UInt64(experience), UInt64(version) << 32 | UInt64(variation))
            return FoldedHash.finish(words)
        }
    }

    /// How the variation was chosen.
    struct Route: FigureKey {
        var mech: UInt32
        var smech: UInt32

        @inline(__always)
        func hash(seed: UInt64) -> UInt64 {
            FoldedHash.finish(seed ^ (UInt64(mech) << 32 | UInt64(smech)))
        }
    }

    /// What an event's request and link were like: the facets, but for the outcome.
    struct Traits: FigureKey {
        var client: UInt32
        var device: UInt32
        var country: UInt32
        var host: UInt32
        /// The bits of what was repaired and noted in the link.
        var repairs: UInt32

        @inline(__always)
        func hash(seed: UInt64) -> UInt64 {
            let words = FoldedHash.mix(
                seed ^ UInt64(repairs), UInt64(client) << 32 | UInt64(device), UInt64(country) << 32 | UInt64(host))
            return FoldedHash.finish(words)
        }
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
struct TupleTable<Tuple: FigureKey> {
    private var table = FigureTable<Tuple, Void>()

    var count: Int { table.count }

    subscript(number: UInt32) -> Tuple { table.keys[Int(number)] }

    mutating func intern(_ tuple: Tuple) -> UInt32 {
        UInt32(table.place(of: tuple, orAdd: ()))
    }
}
