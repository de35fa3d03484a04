import Engagement

/// Makes the rows of an answer: figures, uniques, sends, names, in order. It is the same for every engine, so that the
/// same facts give the same answer.
struct ReportAssembler {
    let question: ReportQuestion
    let sections: SectionDirectory
    /// Figures by the values of the question's columns.
    var tallies: [[ReportGroup]: ReportTally] = [:]
    /// Messages sent that the store knows.
    var sends: [SendsRecord] = []
    /// Names that were given; of two for one thing the later one stands later.
    var names: [NameRecord] = []
    /// The sections that have events of an experience, whenever: they decide whose name stands in a row without a
    /// section.
    var sectionsOfExperiences: [String: Set<String>] = [:]
    /// Sections and days where the people cap was reached.
    var capped: [(section: String, dayNumber: Int32)] = []

    init(question: ReportQuestion, sections: SectionDirectory) {
        self.question = question
        self.sections = sections
    }

    /// True when the engine knows people by any columns, hours and parts of days.
    var knowsAllPeople = false

    /// True when hours can be told in a section's own clock.
    var isLocal: Bool {
        question.by.contains(.sec) || question.sections?.count == 1 || sections.sections.count == 1
    }

    /// True when the section is asked for.
    func isSelected(section: String) -> Bool {
        question.sections?.contains(section) ?? true
    }

    /// The range of time in a section.
    func range(of section: String) -> SectionRange {
        SectionRange(question, zone: sections.zone(of: section))
    }

    /// The rows in order.
    mutating func rows() -> [ReportRow] {
        if question.by.contains(.hour), !isLocal { tellHoursInUTC() }
        // A question without columns is always answered with one row.
        if question.by.isEmpty, tallies.isEmpty { tallies[[]] = ReportTally() }
        var rows: [[ReportGroup]: ReportRow] = [:]
        let lookup = NameLookup(
            names, sections: sections, question: question, sectionsOfExperiences: sectionsOfExperiences)
        for (groups, tally) in tallies {
            rows[groups] = row(groups, tally, lookup)
        }
        addSends(to: &rows, lookup)
        return rows.sorted { Self.precedes($0.key, $1.key) }.map(\.value)
    }

    /// True when people are known by the question's columns.
    var knowsPeople: Bool { question.tellsPeople && Set(question.by).isSubset(of: ReportColumn.knowsPeople) }

    private func row(_ groups: [ReportGroup], _ tally: ReportTally, _ lookup: NameLookup) -> ReportRow {
        let knows = question.tellsPeople && (knowsAllPeople || knowsPeople && !tally.hidesPeople)
        let gaps = tally.sealedPeople
        return ReportRow(
            values: lookup.values(groups), clicks: tally.clicks.telling(people: knows && !gaps.hidesClicks),
            opens: tally.opens.telling(people: knows && !gaps.hidesOpens),
            uniqueComplete: isComplete(groups) && !gaps.hidesAny && !gaps.isBound, host: tally.host)
    }

    private mutating func tellHoursInUTC() {
        var merged: [[ReportGroup]: ReportTally] = [:]
        for (groups, tally) in tallies {
            let inUTC = groups.map { group in
                if case .hour(let start, _) = group {
                    ReportGroup.hour(startSeconds: start, offsetSeconds: 0)
                } else {
                    group
                }
            }
            var sum = tally
            if let known = merged[inUTC] { sum.add(known) }
            merged[inUTC] = sum
        }
        tallies = merged
    }

    /// True when the people cap was reached in a row.
    var reachesCap: Bool { tallies.keys.contains { !isComplete($0) } }

    private func isComplete(_ groups: [ReportGroup]) -> Bool {
        !capped.contains { cap in
            guard isSelected(section: cap.section), range(of: cap.section).contains(dayNumber: cap.dayNumber) else {
                return false
            }
            for (column, group) in zip(question.by, groups) {
                if column == .sec, group != .text(cap.section) { return false }
                if column == .day, group != .day(cap.dayNumber) { return false }
            }
            return true
        }
    }

    private func addSends(to rows: inout [[ReportGroup]: ReportRow], _ lookup: NameLookup) {
        guard Set(question.by).isSubset(of: ReportColumn.knowsSends) else { return }
        var undelivered: Set<[ReportGroup]> = []
        for send in sends where isSelected(section: send.selection.sec) {
            if let experience = question.experience, send.selection.expId != experience { continue }
            let zone = sections.zone(of: send.selection.sec)
            let hour = zone.localHour(at: Int64(send.sentNanoseconds / 1_000_000_000))
            guard
                SectionRange(question, zone: zone).contains(hour, momentNanoseconds: send.sentNanoseconds)
            else { continue }
            let groups = question.by.map { group($0, send.selection, hour) }
            var row = rows[groups] ?? row(groups, ReportTally(), lookup)
            row.sent = (row.sent ?? 0) &+ send.sent
            if let delivered = send.delivered {
                row.delivered = (row.delivered ?? 0) &+ delivered
            } else {
                undelivered.insert(groups)
            }
            rows[groups] = row
        }
        for groups in undelivered { rows[groups]?.delivered = nil }
    }

    private func group(_ column: ReportColumn, _ selection: CampaignSelection, _ hour: LocalHour) -> ReportGroup {
        switch column {
        case .sec: .text(selection.sec)
        case .expId: .text(selection.expId ?? "")
        case .expVer: .text(selection.expVer ?? "")
        case .va: .text(selection.va ?? "")
        case .day: .day(hour.dayNumber)
        case .hour: .hour(startSeconds: hour.startSeconds, offsetSeconds: isLocal ? hour.offsetSeconds : 0)
        default: .none
        }
    }

    private static func precedes(_ left: [ReportGroup], _ right: [ReportGroup]) -> Bool {
        for (one, other) in zip(left, right) where one != other { return one.precedes(other) }
        return false
    }
}

extension ReportTally {
    /// Adds the figures of a row that becomes one with this.
    mutating func add(_ other: ReportTally) {
        clicks.add(other.clicks)
        hidesPeople = hidesPeople || other.hidesPeople
        sealedPeople.add(other.sealedPeople)
        opens.add(other.opens)
        if let sighting = other.host { host = host?.merged(with: sighting) ?? sighting }
    }
}

extension EngagementFigures {
    /// The figures with people as counted (nobody where none were), or not known.
    fileprivate func telling(people isKnown: Bool) -> EngagementFigures {
        var told = self
        told.unique = isKnown ? unique ?? 0 : nil
        told.people = isKnown ? people ?? 0 : nil
        return told
    }

    /// Counts events of one class.
    mutating func add(_ counts: FigureDelta.Counts, _ engagementClass: EngagementClass) {
        switch engagementClass {
        case .human: human &+= counts.total
        case .proxy: proxy &+= counts.total
        case .prefetch: prefetch &+= counts.total
        case .machine: machine &+= counts.total
        case .unknown: unknown &+= counts.total
        }
        asked &+= counts.asked
        refused &+= counts.refused
    }
}
