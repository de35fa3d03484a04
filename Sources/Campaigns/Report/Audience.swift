package import Engagement
package import TrackingLinks

/// Whose events are looked for: what `unique` and `people` of a report count, told one by one.
package struct AudienceQuestion {
    /// The section, and the part of its mail.
    package var selection: CampaignSelection
    /// The link as reports show it; nil for all, and for opens.
    package var link: String?
    /// Clicks, opens or both.
    package var kinds: [TrackingResource]
    /// True for everybody with an event (`unique`); false for people with a human's or a proxy's (`people`).
    package var includesMachines: Bool
    /// The days.
    package var range: SectionRange

    /// Asks for people of a part of a section's mail.
    package init(
        selection: CampaignSelection, link: String? = nil, kinds: [TrackingResource], includesMachines: Bool,
        range: SectionRange
    ) {
        self.selection = selection
        self.link = link
        self.kinds = kinds
        self.includesMachines = includesMachines
        self.range = range
    }
}

/// The people of an `AudienceQuestion`, by the hashes of their pseudonyms. 10 bytes a person.
package struct Audience {
    var hashes: PersonHashes
    /// How many they are.
    package var count: Int
    /// When the store was last written, in nanoseconds since 1970 UTC.
    package var asOfNanoseconds: UInt64
    /// Days on which the store holds no more people than its cap: others' events of these days lead to nobody.
    package var cappedDays: Int
    /// True when the question names a part of the section's mail, and events of the section stand under `(other)`
    /// because there were more parts than the store keeps.
    package var mayMissFolded: Bool
    /// The last day whose people are counts, as days since 1970-01-01, where somebody of the selection was there by
    /// then: who that was is not known any more. Nil where nobody was.
    package var sealedThrough: Int?
    /// False when the store knows no event of the selection at all, machines' included.
    package var hasEvents: Bool

    /// True for somebody of them. O(1).
    package func contains(_ subject: EventSubject) -> Bool {
        hashes.contains(PersonDictionary.known(subject.hash64))
    }
}
