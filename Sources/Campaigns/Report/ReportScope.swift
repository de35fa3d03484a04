import Engagement

/// What an answer is about, beside its rows: what was selected, under which names, of which days, and what of the
/// selection lies before them.
package struct ReportScope: Equatable, Sendable {
    /// A section and an experience.
    package struct Campaign: Hashable, Sendable {
        /// The section's id.
        package var section: String
        /// The experience's id; empty for links without one.
        package var experience: String

        package init(section: String, experience: String) {
            self.section = section
            self.experience = experience
        }
    }

    /// The sections that were asked for, in that order; nil for all.
    package var sections: [ReportValue]?
    /// The experience that was asked for; nil for all.
    package var experience: ReportValue?
    /// The first day of the range in days since 1970, in the clock of the section that is ahead; nil without a bound.
    package var firstDay: Int?
    /// The last day of the range in days since 1970; nil without a bound.
    package var lastDay: Int?
    /// The first hour of a range that begins inside a day, in seconds since 1970 UTC.
    package var firstHourSeconds: Int64?
    /// The name of the clock that rows' hours are told in, such as `Europe/Berlin`; nil where sections differ.
    package var zoneName: String?
    /// Messages of the selection that were sent before the range: what opened and clicked in it may be of these, so
    /// that messages sent in it are no denominator.
    package var earlierSends: [Campaign: UInt64]

    package init(
        sections: [ReportValue]? = nil, experience: ReportValue? = nil, firstDay: Int? = nil, lastDay: Int? = nil,
        firstHourSeconds: Int64? = nil, zoneName: String? = nil, earlierSends: [Campaign: UInt64] = [:]
    ) {
        self.sections = sections
        self.experience = experience
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.firstHourSeconds = firstHourSeconds
        self.zoneName = zoneName
        self.earlierSends = earlierSends
    }

    /// True where messages of a row were sent before the range.
    ///
    /// - Parameters:
    ///   - values: the row's values.
    ///   - columns: the answer's columns. A row that does not tell its section or experience may be of any.
    package func cutsSends(of values: [ReportValue], _ columns: [ReportColumn]) -> Bool {
        let told = Dictionary(zip(columns, values), uniquingKeysWith: { first, _ in first })
        return earlierSends.keys.contains { campaign in
            told[.sec].map { $0.text == campaign.section } ?? true
                && told[.expId].map { $0.text == campaign.experience } ?? true
        }
    }
}

extension ReportAssembler {
    /// What the answer is about.
    func scope() -> ReportScope {
        let lookup = NameLookup(
            names, sections: sections, question: question, sectionsOfExperiences: sectionsOfExperiences)
        var scope = ReportScope(
            sections: question.sections.map { $0.map(lookup.section) },
            experience: question.experience.map(lookup.experience), zoneName: zoneName)
        let asked = question.sections ?? Array(sections.sections.keys)
        let ranges = (asked.isEmpty ? [.utc] : asked.map(sections.zone(of:))).map { SectionRange(question, zone: $0) }
        scope.firstDay = ranges.map(\.firstDay).min().flatMap { $0 == .min ? nil : Int($0) }
        scope.lastDay = ranges.map(\.lastDay).max().flatMap { $0 == .max ? nil : Int($0) }
        scope.firstHourSeconds = ranges.map(\.firstHourSeconds).min().flatMap { $0 == .min ? nil : $0 }
        guard question.since != nil else { return scope }
        for send in sends where isSelected(section: send.selection.sec) {
            let campaign = ReportScope.Campaign(
                section: send.selection.sec, experience: send.selection.expId ?? "")
            guard question.experience.map({ $0 == campaign.experience }) ?? true else { continue }
            let zone = sections.zone(of: send.selection.sec)
            let hour = zone.localHour(at: Int64(send.sentNanoseconds / 1_000_000_000))
            if SectionRange(question, zone: zone).begins(after: hour, momentNanoseconds: send.sentNanoseconds) {
                scope.earlierSends[campaign, default: 0] &+= send.sent
            }
        }
        return scope
    }

    /// Those of some moments that lie in the range of a section that is asked for, where the question tells people.
    func keyChangesInRange(_ changes: [UInt64]) -> [UInt64] {
        guard question.tellsPeople, knowsAllPeople || knowsPeople else { return [] }
        let asked = question.sections ?? Array(sections.sections.keys)
        let zones = asked.isEmpty ? [.utc] : asked.map(sections.zone(of:))
        return changes.filter { change in
            zones.contains { zone in
                SectionRange(question, zone: zone).contains(
                    zone.localHour(at: Int64(change / 1_000_000_000)), momentNanoseconds: change)
            }
        }
    }

    /// The one clock that hours are told in.
    private var zoneName: String? {
        guard isLocal else { return "UTC" }
        let asked = question.sections ?? Array(sections.sections.keys)
        let names = Set(asked.map { sections.sections[$0]?.zoneName ?? "UTC" })
        return names.count <= 1 ? names.first ?? "UTC" : nil
    }
}
