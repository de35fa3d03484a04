/// The counts of one kind of engagement, clicks or opens, in one row of a report.
package struct EngagementFigures: Equatable, Sendable {
    /// Events that a person caused.
    package var human: UInt64 = 0
    /// Events that a person caused through a fetching proxy.
    package var proxy: UInt64 = 0
    /// Fetches ahead of a person who may never come.
    package var prefetch: UInt64 = 0
    /// Events of machines.
    package var machine: UInt64 = 0
    /// Events whose evidence was not kept.
    package var unknown: UInt64 = 0
    /// Those of `total` that were answered with the page that shows the host. Always 0 for opens.
    package var asked: UInt64 = 0
    /// Events that were refused; they stand beside `total`, not in it. Always 0 for opens.
    package var refused: UInt64 = 0
    /// Distinct people with an event in `total`; nil where that is not known.
    package var unique: UInt64?
    /// Distinct people with a human or proxy event in `total`; nil where that is not known.
    package var people: UInt64?

    /// All events that count.
    package var total: UInt64 { human &+ proxy &+ prefetch &+ machine &+ unknown }

    /// Events that people caused, themselves or through a proxy.
    package var byPeople: UInt64 { human &+ proxy }

    package init(
        human: UInt64 = 0, proxy: UInt64 = 0, prefetch: UInt64 = 0, machine: UInt64 = 0, unknown: UInt64 = 0,
        asked: UInt64 = 0, refused: UInt64 = 0, unique: UInt64? = nil, people: UInt64? = nil
    ) {
        self.human = human
        self.proxy = proxy
        self.prefetch = prefetch
        self.machine = machine
        self.unknown = unknown
        self.asked = asked
        self.refused = refused
        self.unique = unique
        self.people = people
    }

    /// Adds another row's events. People don't add up: who is in both is one, so they stay as they are.
    package mutating func add(_ other: EngagementFigures) {
        human &+= other.human
        proxy &+= other.proxy
        prefetch &+= other.prefetch
        machine &+= other.machine
        unknown &+= other.unknown
        asked &+= other.asked
        refused &+= other.refused
    }
}
