import Engagement
import TrackingLinks

/// What timing rules look at in one event: 64 bytes.
struct Sighting {
    /// Where the event stands in the order that windows follow.
    let orderTimeNanoseconds: UInt64
    let person: UInt64
    let address: UInt64
    let agent: UInt64
    /// Section and experience, as numbers of the vocabulary.
    let message: UInt64
    let link: UInt32
    let placement: UInt32
    /// The rule that judged the event alone.
    let rule: UInt16
    let kind: TrackingResource
    let hasPerson: Bool
    /// Nothing but the default speaks of the event yet: timing rules may decide it.
    let isOpenToRules: Bool

    init(_ event: FoldedEvent, isHuman: Bool, _ vocabulary: borrowing FigureVocabulary) {
        let place = vocabulary.placements[event.placement]
        // A time that no clock shows must not overflow where a window is added to it.
        orderTimeNanoseconds = min(event.orderTimeNanoseconds, .max / 2)
        person = event.hasPerson ? event.person : 0
        address = event.address
        agent = event.agent
        message = UInt64(place.section) << 32 | UInt64(place.experience)
        link = event.link
        placement = event.placement
        rule = event.rule
        kind = event.kind
        hasPerson = event.hasPerson
        isOpenToRules = isHuman
    }

    /// The value of a field that different ones are counted of; nil where the event has none.
    func value(of field: TimingRule.Field) -> UInt64? {
        switch field {
        case .person: hasPerson ? person : nil
        case .message: message
        case .link: link == TermTable.none ? nil : UInt64(link)
        case .address: address == 0 ? nil : address
        case .agent: agent
        }
    }
}

/// What the events of one group have in common; fields that a rule does not name are 0.
struct SightingGroup: FigureKey {
    private var person: UInt64 = 0
    private var address: UInt64 = 0
    private var agent: UInt64 = 0
    private var message: UInt64 = 0
    private var link: UInt64 = 0
    private var isPerson = false

    /// The group of an event; nil where it can't be in one: it has no address, or neither a person nor an address to
    /// be known by.
    init?(_ event: Sighting, by fields: Set<TimingRule.Field>) {
        if fields.contains(.address) {
            guard event.address != 0 else { return nil }
            address = event.address
        }
        if fields.contains(.person) {
            guard event.hasPerson || fields.contains(.address) else { return nil }
            (person, isPerson) = (event.person, event.hasPerson)
        }
        if fields.contains(.agent) { agent = event.agent }
        if fields.contains(.message) { message = event.message }
        if fields.contains(.link) { link = UInt64(event.link) }
    }

    @inline(__always)
    func hash(seed: UInt64) -> UInt64 {
        let state = FoldedHash.mix(FoldedHash.mix(seed, person, address), agent, message)
        return FoldedHash.finish(state ^ link)
    }
}
