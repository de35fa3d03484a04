package import Bytes

/// What forgetting a person came to. It says nothing of who it was.
package struct ForgettingReceipt: Equatable, Sendable {
    /// The section.
    package var section: String
    /// When it was begun, nanoseconds since 1970 UTC.
    package var timeNanoseconds: UInt64
    /// The person's events that were found and changed.
    package var events: UInt64 = 0
    /// Events of others whose verdicts hung on them, and are kept.
    package var verdictsKept: UInt64 = 0
    /// Segments that were rewritten.
    package var segments: UInt64 = 0
    /// Nodes whose events these were.
    package var nodes: UInt64 = 0
    /// Sets of people, each of a day, a kind and a campaign's link, that the stores counted the person in: a token
    /// stands in the person's place.
    package var memberships: UInt64 = 0
    /// Time of the first of the person's events, nanoseconds since 1970 UTC; nil where there was none.
    package var firstNanoseconds: UInt64?
    /// Time of the last.
    package var lastNanoseconds: UInt64?
    /// The person is opted out now.
    package var isOptedOut = false
    /// What could not be looked into and may still hold the person, and what to do, a line each.
    package var notes: [String] = []

    /// Says that nothing was found.
    package init(section: String, timeNanoseconds: UInt64) {
        self.section = section
        self.timeNanoseconds = timeNanoseconds
    }

    /// What a forgotten event keeps.
    package static let kept = [
        "identity", "time", "kind", "outcome", "reason", "repairs", "campaign fields", "target", "link", "location",
        "class", "client", "device", "country", "a random token",
    ]

    /// Reads the object that `write` writes; nil when a member is missing.
    init?(_ value: JSON5Value) {
        guard let section = value["section"]?.string, let time = value["time"]?.string.flatMap(RFC3339.nanoseconds),
            let events: UInt64 = value["events"]?.integer(), let kept: UInt64 = value["verdictsKept"]?.integer(),
            let segments: UInt64 = value["segments"]?.integer(), let nodes: UInt64 = value["nodes"]?.integer(),
            let memberships: UInt64 = value["memberships"]?.integer(),
            let isOptedOut = value["optedOut"]?.bool, let notes = value["notes"]?.array
        else { return nil }
        self.init(section: section, timeNanoseconds: time)
        self.events = events
        verdictsKept = kept
        self.segments = segments
        self.nodes = nodes
        self.memberships = memberships
        self.isOptedOut = isOptedOut
        firstNanoseconds = value["firstEvent"]?.string.flatMap(RFC3339.nanoseconds)
        lastNanoseconds = value["lastEvent"]?.string.flatMap(RFC3339.nanoseconds)
        self.notes = notes.compactMap(\.string)
    }

    /// Writes it as a JSON object.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("section", section)
        writer.member("time", RFC3339.string(timeNanoseconds))
        for (name, number) in [
            ("events", events), ("verdictsKept", verdictsKept), ("segments", segments), ("nodes", nodes),
            ("memberships", memberships),
        ] {
            writer.key(name)
            writer.number(number)
        }
        writer.member("firstEvent", firstNanoseconds.map { RFC3339.string($0) })
        writer.member("lastEvent", lastNanoseconds.map { RFC3339.string($0) })
        writer.key("optedOut")
        writer.bool(isOptedOut)
        writer.member("kept", Self.kept)
        writer.member("notes", notes)
        writer.endObject()
    }
}
