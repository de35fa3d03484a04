package import Engagement

/// What is recorded already of messages sent: finds rows that would count twice.
package struct RecordedSends {
    /// What one send is told apart from others by.
    private struct Key: Hashable {
        let selection: CampaignSelection
        let sentNanoseconds: UInt64

        init(_ record: SendsRecord) {
            selection = record.selection
            sentNanoseconds = record.sentNanoseconds
        }
    }

    /// How a row stands to what came before it.
    package enum Standing: Equatable {
        /// Nothing of that selection was sent at that time.
        case new
        /// The same numbers stand there. `row` is the place in the list of the row that has them; nil for the journal.
        case same(row: Int?)
        /// Other numbers stand there.
        case other(row: Int?)
    }

    private var known: [Key: [(record: SendsRecord, row: Int?)]] = [:]
    /// When a number of messages of a selection was sent last, as far as the journal has it.
    private var latest: [CampaignSelection: [UInt64: UInt64]] = [:]

    /// Takes what the journal has.
    init(_ records: [SendsRecord]) {
        for record in records {
            known[Key(record), default: []].append((record, nil))
            let before = latest[record.selection]?[record.sent] ?? 0
            latest[record.selection, default: [:]][record.sent] = max(before, record.sentNanoseconds)
        }
    }

    /// When as many messages of the same selection were sent within a day before `record`: for a send whose time nobody
    /// gave, so that it is not the same by its time.
    package func alikeWithinADay(of record: SendsRecord) -> UInt64? {
        guard let time = latest[record.selection]?[record.sent], time <= record.sentNanoseconds,
            record.sentNanoseconds - time < Self.dayNanoseconds
        else { return nil }
        return time
    }

    private static let dayNanoseconds: UInt64 = 86_400_000_000_000

    /// How each row of a list stands to the journal and to the rows above it.
    package func standings(of rows: [SendsRecord]) -> [Standing] {
        var known = known
        return rows.indices.map { index in
            let row = rows[index]
            let key = Key(row)
            guard let before = known[key], let first = before.first else {
                known[key] = [(row, index)]
                return .new
            }
            let same = before.first {
                ($0.record.sent, $0.record.delivered, $0.record.linksInMessage)
                    == (row.sent, row.delivered, row.linksInMessage)
            }
            return same.map { .same(row: $0.row) } ?? .other(row: first.row)
        }
    }
}
