import Bytes
import Engagement
import Settings

extension EdgeParts {
    /// What goes on with the event keys, from what the journal tells of them.
    static func eventKeys(
        _ configuration: Configuration, _ folder: DataFolder, node: UInt64, keys: KeySet, journal: AdminJournal,
        isEmpty: Bool, health: EdgeHealth, log: ServerLog
    ) throws(EdgeError) -> EventKeyKeeper {
        // The first key was never changed to. What can't be read is told by whoever counts it.
        let changes =
            keys.currentEventKey.id == KeyFolder.firstEventKeyID
            ? [] : try AdminRecords(folder) { _ in }.keyChanges.filter { $0.node == node }
        return EventKeyKeeper(
            folder: configuration.keyFolder, keys: keys,
            retentionNanoseconds: configuration.identityRetention.nanoseconds, journal: journal,
            journaled: isEmpty ? nil : changes.map(\.record), health: health, log: log)
    }

    /// Reads the statuses of people, and says what of them is missing.
    static func consentBook(
        _ folder: DataFolder, keys: KeySet, _ journal: AdminJournal, health: EdgeHealth, log: ServerLog
    ) throws(EdgeError) -> ConsentBook {
        let book = try ConsentBook(folder, keys: keys, journal: journal) { line in
            log.write(.error, "consent-record", ("reason", line))
        } onMissingList: { error in
            log.write(
                .error, "consent-list", ("reason", "\(error)"),
                ("what", "whoever has said nothing since counts as opted out"))
        }
        health.set(.consent, book.trouble)
        return book
    }
}

extension ConsentBook {
    /// How sections stand, for the page of health. Of many, the first ones.
    var facts: [(name: String, value: String)] {
        let standings = standings.filter { $0.list != nil || $0.people > 0 }
        let shown = standings.prefix(Self.factsMax).map { standing in
            let list = standing.list.map { list in
                "list of \(RFC3339.string(list.effectiveNanoseconds, fractionDigits: 0)) with "
                    + "\(PeopleCount.words(list.people)), imported "
                    + RFC3339.string(list.recordedNanoseconds, fractionDigits: 0)
            }
            return (
                name: "Consent of section \(standing.section)",
                value: list ?? "\(PeopleCount.words(UInt64(standing.people))), no list"
            )
        }
        let left = standings.count - shown.count
        return shown + (left > 0 ? [(name: "Consent of other sections", value: "\(left) more")] : [])
    }

    private static let factsMax = 20
}
