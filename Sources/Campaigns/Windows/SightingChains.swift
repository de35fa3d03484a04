/// Events gathered into groups, each group's in the order in which they came.
struct SightingChains {
    private var groups = FigureTable<SightingGroup, (first: Int32, last: Int32, count: Int32)>()
    private var links: [(place: Int, next: Int32)] = []

    private static let none: Int32 = -1

    /// Adds an event to its group; without one it is left out.
    mutating func append(_ place: Int, _ group: SightingGroup?) {
        guard let group else { return }
        let link = Int32(links.count)
        links.append((place, Self.none))
        let index = groups.place(of: group, orAdd: (link, link, 0))
        let last = groups.values[index].last
        if last != link {
            links[Int(last)].next = link
            groups.values[index].last = link
        }
        groups.values[index].count += 1
    }

    /// Gives each group that has more than one event.
    func forEach(_ body: ([Int]) -> Void) {
        var chain: [Int] = []
        for group in groups.values where group.count > 1 {
            chain.removeAll(keepingCapacity: true)
            var link = group.first
            while link != Self.none {
                chain.append(links[Int(link)].place)
                link = links[Int(link)].next
            }
            body(chain)
        }
    }

    /// The events of groups with more than one, in the order in which they came.
    var repeatedPlaces: [Int] {
        var isRepeated = [Bool](repeating: false, count: links.count)
        for group in groups.values where group.count > 1 {
            var link = group.first
            while link != Self.none {
                isRepeated[Int(link)] = true
                link = links[Int(link)].next
            }
        }
        return zip(links, isRepeated).compactMap { $1 ? $0.place : nil }
    }
}
