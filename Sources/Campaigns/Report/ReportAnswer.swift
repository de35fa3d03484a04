import Bytes

/// The answer to a `ReportQuestion`.
package struct ReportAnswer: Equatable, Sendable {
    /// Everything journaled before this moment is in the figures; nanoseconds since 1970 UTC, 0 when nothing was read
    /// yet.
    package var asOfNanoseconds: UInt64
    /// The version of the rules that told people from machines in these figures; nil when there are none yet.
    package var rulesVersion: String?
    /// Under what figures were sealed that later rules did not judge again, the latest last.
    package var sealed: [SealedBasis] = []
    /// What rows lack because people of old months are counts; nil where they lack nothing.
    package var sealedPeople: SealedPeopleNote?
    /// What the answer is about.
    package var scope = ReportScope()
    /// Events of the whole store, or of the whole journal, that were judged alone because too many came in their
    /// second: no timing rule looked at them. Those in open windows of a store are not among them yet.
    package var crowdedEvents: UInt64 = 0
    /// When the event key was changed in the range, nanoseconds since 1970 UTC, ascending: whoever came before and
    /// after such a moment counts as two in unique people. Empty where the answer tells no people.
    package var keyChanges: [UInt64] = []
    /// The answer was made of the journal's records, not of a store's figures.
    package var isFromJournal = false
    /// Of an answer from the journal, the order time of the first event that it holds, nanoseconds since 1970 UTC.
    package var reachesBackNanoseconds: UInt64?
    /// Of an answer about a fleet, what it was made of; nil for one about a node.
    package var fleet: FleetStanding?
    /// The columns of the rows' values.
    package var columns: [ReportColumn]
    /// The rows in ascending order of their values.
    package var rows: [ReportRow]
    /// Where every event that was received went.
    package var accounting: ReportAccounting

    package init(
        asOfNanoseconds: UInt64, rulesVersion: String? = nil, columns: [ReportColumn], rows: [ReportRow],
        accounting: ReportAccounting = ReportAccounting()
    ) {
        self.asOfNanoseconds = asOfNanoseconds
        self.rulesVersion = rulesVersion
        self.columns = columns
        self.rows = rows
        self.accounting = accounting
    }
}

/// What rows of an answer lack because people of old months are counts, which don't add up.
package struct SealedPeopleNote: Equatable, Sendable {
    /// The last day whose people are counts, as days since 1970-01-01.
    package var throughDay: Int
    /// In some rows unique people are not known.
    package var hidesRows: Bool
    /// In some rows more people came than were counted.
    package var boundsRows: Bool
    /// The cap on people of a section and day was reached, too.
    package var reachesCap = false

    package init(throughDay: Int, hidesRows: Bool, boundsRows: Bool) {
        self.throughDay = throughDay
        self.hidesRows = hidesRows
        self.boundsRows = boundsRows
    }

    /// What is not known, why and since when, in a sentence.
    package var sentence: String {
        let day = CivilDate(dayNumber: throughDay).text
        var parts: [String] = []
        if hidesRows {
            parts.append(
                "unique people are not known where a selection is more than one of these counts: ask for days or whole "
                    + "months of a section, a campaign or its parts")
        }
        if boundsRows {
            parts.append("where more people came later than a count knows, there are at least so many")
        }
        return "people up to \(day) are kept as counts alone (peopleRetention): " + parts.joined(separator: "; ")
    }
}

/// Where every event that was received went: received = journaled + waiting + lost, and
/// journaled = counted + pending + damaged + expired.
package struct ReportAccounting: Equatable, Sendable {
    /// Clicks and opens that were taken up.
    package var received: UInt64 { journaled &+ waiting &+ lost }
    /// Events that stand in the journal, or stood there until retention deleted them.
    package var journaled: UInt64 { counted &+ pending &+ damaged &+ expired }
    /// Events that wait in memory because the journal cannot be written; only a running server knows.
    package var waiting: UInt64
    /// Events that did not fit in memory while the journal could not be written.
    package var lost: UInt64
    /// Events in closed figures whose records were not deleted since.
    package var counted: UInt64
    /// Events that are journaled and not counted yet; those in open windows stand in the report all the same.
    package var pending: UInt64
    /// Events that were damaged in the journal before they were counted.
    package var damaged: UInt64
    /// Events in closed figures whose records retention has deleted since: their figures are sealed.
    package var expired: UInt64

    package init(
        waiting: UInt64 = 0, lost: UInt64 = 0, counted: UInt64 = 0, pending: UInt64 = 0, damaged: UInt64 = 0,
        expired: UInt64 = 0
    ) {
        self.waiting = waiting
        self.lost = lost
        self.counted = counted
        self.pending = pending
        self.damaged = damaged
        self.expired = expired
    }
}
