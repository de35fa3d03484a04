import Engagement

/// The names that stand beside ids in a report.
struct NameLookup {
    private struct Thing: Hashable {
        var level: NameRecord.Level
        var selection: CampaignSelection
    }

    private let names: [Thing: String]
    /// The sections that have events of an experience.
    private let sectionsOfExperiences: [String: Set<String>]
    private let sections: SectionDirectory
    private let question: ReportQuestion

    /// - Parameters:
    ///   - names: of two for one thing the later one stands later.
    ///   - sectionsOfExperiences: the sections that have events of an experience.
    init(
        _ names: [NameRecord], sections: SectionDirectory, question: ReportQuestion,
        sectionsOfExperiences: [String: Set<String>]
    ) {
        var lookup: [Thing: String] = [:]
        for name in names {
            lookup[Thing(level: name.level, selection: name.selection)] = name.name.isEmpty ? nil : name.name
        }
        self.names = lookup
        self.sectionsOfExperiences = sectionsOfExperiences
        self.sections = sections
        self.question = question
    }

    /// The values of a row with their names, where the row tells enough to know what is named.
    func values(_ groups: [ReportGroup]) -> [ReportValue] {
        var ids: [ReportColumn: String] = [:]
        if let only = question.sections, only.count == 1 { ids[.sec] = only[0] }
        if question.sections == nil, sections.sections.count == 1 { ids[.sec] = sections.sections.first?.key }
        ids[.expId] = question.experience
        for (column, group) in zip(question.by, groups) { ids[column] = group.text }
        return zip(question.by, groups).map { column, group in ReportValue(group.text, name: name(column, ids)) }
    }

    /// A section that was asked for.
    func section(_ id: String) -> ReportValue { ReportValue(id, name: name(.sec, [.sec: id])) }

    /// The experience that was asked for: named where it is of one of the sections that were.
    func experience(_ id: String) -> ReportValue {
        var ids = [ReportColumn.expId: id]
        if let only = question.sections, only.count == 1 { ids[.sec] = only[0] }
        return ReportValue(id, name: name(.expId, ids))
    }

    /// The name of a row's id. A row that tells no section, and holds an experience that only one section has, is that
    /// section's.
    private func name(_ column: ReportColumn, _ ids: [ReportColumn: String]) -> String? {
        if let section = ids[.sec] { return name(column, ids, inSection: section) }
        guard column != .sec, let experience = ids[.expId], let having = sectionsOfExperiences[experience] else {
            return nil
        }
        let asked = question.sections.map { having.intersection($0) } ?? having
        return asked.count == 1 ? asked.first.flatMap { name(column, ids, inSection: $0) } : nil
    }

    private func name(_ column: ReportColumn, _ ids: [ReportColumn: String], inSection section: String) -> String? {
        let selection = CampaignSelection(sec: section)
        switch column {
        case .sec:
            return names[Thing(level: .section, selection: selection)] ?? sections.sections[section]?.name
        case .expId:
            return name(.experience, selection, ids, [.expId])
        case .expVer:
            return name(.version, selection, ids, [.expId, .expVer])
        case .va:
            return name(.variation, selection, ids, [.expId, .expVer, .va])
                ?? name(.variation, selection, ids, [.expId, .va])
        default:
            return nil
        }
    }

    private func name(
        _ level: NameRecord.Level, _ section: CampaignSelection, _ ids: [ReportColumn: String],
        _ needed: [ReportColumn]
    ) -> String? {
        var selection = section
        for column in needed {
            guard let id = ids[column] else { return nil }
            switch column {
            case .expId: selection.expId = id
            case .expVer: selection.expVer = id
            default: selection.va = id
            }
        }
        return names[Thing(level: level, selection: selection)]
    }
}
