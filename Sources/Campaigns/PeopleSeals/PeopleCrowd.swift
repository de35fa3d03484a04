import Bytes

/// The people of one row, section and kind: both sets of `members`.
struct PeopleCrowd {
    private var people = PersonUnion()
    private var others = PersonUnion()

    /// Adds a row of `members`; false when it holds no set.
    mutating func add(encoded bytes: Span<UInt8>, id: Int64) -> Bool {
        let key = UInt16(truncatingIfNeeded: id)
        return id >> 16 & 1 == 0 ? people.add(encoded: bytes, key: key) : others.add(encoded: bytes, key: key)
    }

    /// Both numbers of a report.
    var counts: PeopleCounts {
        PeopleCounts(people: UInt64(people.count), unique: UInt64(PersonUnion.count(people, others)))
    }
}

/// Both numbers of people in a report.
struct PeopleCounts: Equatable {
    /// Those with a human or proxy event.
    var people: UInt64 = 0
    /// All of them.
    var unique: UInt64 = 0
}
