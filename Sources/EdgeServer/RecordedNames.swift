package import Engagement

/// What the journal has of messages sent and of names.
package struct RecordedFacts {
    /// Messages sent.
    package let sends: RecordedSends
    /// Names.
    package let names: RecordedNames
}

/// The names that hold: a name that is given again as it is need not be recorded again, for ever.
package struct RecordedNames {
    private struct Thing: Hashable {
        let level: NameRecord.Level
        let selection: CampaignSelection

        init(_ record: NameRecord) {
            level = record.level
            selection = record.selection
        }
    }

    private var names: [Thing: String] = [:]

    /// Takes the journal's; of two for one thing the one that holds stands later.
    init(_ records: [NameRecord]) {
        for record in records { names[Thing(record)] = record.name }
    }

    /// Those of a list that change something: of two for one thing the last one, where another name holds now.
    package func changes(in records: [NameRecord]) -> [NameRecord] {
        var last: [Thing: Int] = [:]
        for (place, record) in records.enumerated() { last[Thing(record)] = place }
        return records.enumerated().filter { place, record in
            last[Thing(record)] == place && (names[Thing(record)] ?? "") != record.name
        }.map(\.element)
    }
}
