import Engagement

/// How many different values of a field some events have; with `linksMin` those that have events of so many links.
struct ValueCounts {
    private struct Pair: Hashable {
        let value: UInt64
        let link: UInt64
    }

    private let field: TimingRule.Field
    private let linksMin: Int
    /// Events by their value.
    private var events: [UInt64: Int] = [:]
    /// Events by value and link, and different links by value, where links are asked for.
    private var pairs: [Pair: Int] = [:]
    private var links: [UInt64: Int] = [:]
    private var linkedValues = 0

    init(field: TimingRule.Field, linksMin: Int) {
        self.field = field
        self.linksMin = linksMin
    }

    /// How many different values there are.
    var distinct: Int { linksMin > 1 ? linkedValues : events.count }

    /// Adds an event.
    mutating func add(_ event: Sighting) {
        guard let value = event.value(of: field) else { return }
        guard linksMin > 1 else { return events[value, default: 0] += 1 }
        guard let link = event.value(of: .link) else { return }
        let pair = Pair(value: value, link: link)
        pairs[pair, default: 0] += 1
        guard pairs[pair] == 1 else { return }
        links[value, default: 0] += 1
        if links[value] == linksMin { linkedValues += 1 }
    }

    /// Takes an event away that was added.
    mutating func remove(_ event: Sighting) {
        guard let value = event.value(of: field) else { return }
        guard linksMin > 1 else {
            events[value] = Self.less(events[value])
            return
        }
        guard let link = event.value(of: .link) else { return }
        let pair = Pair(value: value, link: link)
        pairs[pair] = Self.less(pairs[pair])
        guard pairs[pair] == nil else { return }
        if links[value] == linksMin { linkedValues -= 1 }
        links[value] = Self.less(links[value])
    }

    private static func less(_ count: Int?) -> Int? { count.flatMap { $0 > 1 ? $0 - 1 : nil } }
}
