import Bytes
import Engagement
import TrackingLinks

extension SQLiteCampaignStore {
    /// Answers in one transaction of its own, so that all it reads is one state.
    package func answer(
        _ question: ReportQuestion, sections: SectionDirectory
    ) throws(ReportError) -> ReportAnswer {
        try question.requireKept()
        try question.requireWholeDays(sections)
        do throws(StoreError) {
            return try database.readTransaction { () throws(StoreError) in
                var answer = StoreAnswer(store: self, question: question, sections: sections)
                return try answer.answer()
            }
        } catch {
            throw .store(error)
        }
    }
}

/// One answer while it is put together, in one transaction.
private struct StoreAnswer {
    private let store: SQLiteCampaignStore
    private let question: ReportQuestion
    private let sections: SectionDirectory
    private var texts: [Int64: String?] = [:]
    private var assembly: ReportAssembly<NumberedPeople>

    /// Who sent: a placement with its words.
    private struct Placement {
        let id: Int64
        let section: String
        /// The words of experience, version and variation.
        let values: [ReportColumn: String]
        let range: ReportRange
    }

    init(store: SQLiteCampaignStore, question: ReportQuestion, sections: SectionDirectory) {
        self.store = store
        self.question = question
        self.sections = sections
        let facet = question.by.first(where: \.isFacet)
        let isKnownBy = question.by.allSatisfy { ReportColumn.knowsPeople.contains($0) }
        assembly = ReportAssembly(question.by, knowsPeople: facet == nil && isKnownBy)
    }

    mutating func answer() throws(StoreError) -> ReportAnswer {
        let placements = try readPlacements()
        let facet = question.by.first(where: \.isFacet)
        let wholeDays = placements.allSatisfy(\.range.isWholeDays)
        let isKnownBy = question.by.allSatisfy { ReportColumn.knowsPeople.contains($0) }
        let knowsPeople = facet == nil && isKnownBy && wholeDays
        assembly = ReportAssembly(question.by, knowsPeople: knowsPeople)
        for placement in placements {
            for suffix in ["", "_open"] {
                if let facet {
                    try addTraits(of: placement, facet, suffix: suffix)
                } else {
                    try addRollups(of: placement, suffix: suffix)
                    if knowsPeople { try addPeople(of: placement, suffix: suffix) }
                }
            }
        }
        if try anyCap(placements) { assembly.markAllIncomplete() }
        if question.by.allSatisfy({ ReportColumn.knowsSends.contains($0) }) { try addSends() }
        let names = try CampaignNames(store: store, sections: sections, question: question)
        return ReportAnswer(
            asOfNanoseconds: try store.asOfNanoseconds(), columns: question.by,
            rows: assembly.finish { names.name(of: $0, at: $1) }, accounting: try accounting())
    }

    // MARK: Selection

    private mutating func readPlacements() throws(StoreError) -> [Placement] {
        let select = try store.database.statement(
            "SELECT id, section, experience, version, variation FROM placement ORDER BY id", during: .read)
        var rows: [[Int64]] = []
        while try select.step() { rows.append((0..<5).map { select.integer($0) }) }
        select.reset()
        var ranges: [String: ReportRange] = [:]
        var placements: [Placement] = []
        for row in rows {
            let section = try text(row[1]) ?? ""
            let experience = try text(row[2]) ?? ""
            if let wanted = question.sections, !wanted.contains(section) { continue }
            if let wanted = question.experience, wanted != experience { continue }
            let range =
                ranges[section]
                ?? ReportRange(since: question.since, until: question.until, zone: sections.zone(of: section))
            ranges[section] = range
            placements.append(
                Placement(
                    id: row[0], section: section,
                    values: [
                        .sec: section, .expId: experience, .expVer: try text(row[3]) ?? "",
                        .va: try text(row[4]) ?? "",
                    ], range: range))
        }
        return placements
    }

    private mutating func text(_ word: Int64) throws(StoreError) -> String? {
        if let known = texts[word] { return known }
        let text = try store.text(of: word).map { String(decoding: $0, as: UTF8.self) }
        texts[word] = .some(text)
        return text
    }

    // MARK: Figures

    private mutating func addRollups(of placement: Placement, suffix: String) throws(StoreError) {
        var selected = ["kind", "class"]
        if question.by.contains(.day) || question.by.contains(.hour) { selected.append("day") }
        if question.by.contains(.hour) { selected += ["hour_seconds", "offset_seconds"] }
        if question.by.contains(.mech) || question.by.contains(.smech) { selected.append("route") }
        if question.by.contains(.link) { selected.append("link") }
        let columns = selected.joined(separator: ", ")
        let select = try store.database.statement(
            """
            SELECT \(columns), SUM(total), SUM(asked), SUM(refused) FROM rollup\(suffix)
            WHERE placement = ? AND day >= ? AND day < ? AND hour_seconds >= ? AND hour_seconds < ? GROUP BY \(columns)
            """, during: .read)
        bind(placement, to: select)
        select.bind(4, placement.range.seconds.lowerBound).bind(5, placement.range.seconds.upperBound)
        var rows: [[Int64]] = []
        while try select.step() { rows.append((0..<Int32(selected.count + 3)).map { select.integer($0) }) }
        select.reset()
        for row in rows {
            let field = { (name: String) in selected.firstIndex(of: name).map { row[$0] } }
            guard let kind = kind(row[0]), let engagementClass = engagementClass(row[1]) else { continue }
            let base = selected.count
            let counts = FigureDelta.Counts(
                total: UInt64(bitPattern: row[base]), asked: UInt64(bitPattern: row[base + 1]),
                refused: UInt64(bitPattern: row[base + 2]))
            let route = try field("route").map { id throws(StoreError) in try routeWords(id) }
            let link = try field("link").map { word throws(StoreError) in try text(word) }
            let values = question.by.map { column -> String? in
                switch column {
                case .mech: route?.mech
                case .smech: route?.smech
                case .link: link ?? nil
                case .day: field("day").map { CivilDate(dayNumber: Int($0)).text }
                case .hour: hourText(field("hour_seconds"), field("offset_seconds"))
                default: common(column, placement, kind, engagementClass)
                }
            }
            assembly.add(counts, kind: kind, engagementClass: engagementClass, to: values)
        }
    }

    private func hourText(_ start: Int64?, _ offset: Int64?) -> String? {
        guard let start, let offset else { return nil }
        // Rows that join sections of several zones say their hours in UTC.
        let shown = question.by.contains(.sec) || question.sections?.count == 1 ? Int32(truncatingIfNeeded: offset) : 0
        return ReportColumn.hourText(startSeconds: start, offsetSeconds: shown)
    }

    private mutating func routeWords(_ id: Int64) throws(StoreError) -> (mech: String?, smech: String?) {
        let select = try store.database.statement("SELECT mech, smech FROM route WHERE id = ?", during: .read)
        select.bind(1, id)
        guard try select.step() else { throw .damaged(file: store.database.file, what: "route \(id) is missing") }
        let (mech, smech) = (select.integer(0), select.integer(1))
        select.reset()
        return (try text(mech), try text(smech))
    }

    private mutating func addTraits(
        of placement: Placement, _ facet: ReportColumn, suffix: String
    ) throws(StoreError) {
        let select = try store.database.statement(
            """
            SELECT c.kind, c.class, c.day, c.outcome, c.total, c.asked, c.refused, c.first_seen, c.last_seen, c.sample,
                t.client, t.device, t.country, t.host, t.repairs
            FROM trait_count\(suffix) c JOIN traits t ON t.id = c.traits
            WHERE c.placement = ? AND c.day >= ? AND c.day < ?
            """, during: .read)
        bind(placement, to: select)
        var rows: [[Int64]] = []
        while try select.step() { rows.append((0..<15).map { select.integer($0) }) }
        select.reset()
        for row in rows {
            guard let kind = kind(row[0]), let engagementClass = engagementClass(row[1]) else { continue }
            let counts = FigureDelta.Counts(
                total: UInt64(bitPattern: row[4]), asked: UInt64(bitPattern: row[5]),
                refused: UInt64(bitPattern: row[6]))
            for value in try facetValues(facet, row) {
                let values = question.by.map { column -> String? in
                    switch column {
                    case facet: value
                    case .day: CivilDate(dayNumber: Int(row[2])).text
                    default: common(column, placement, kind, engagementClass)
                    }
                }
                assembly.add(counts, kind: kind, engagementClass: engagementClass, to: values)
                if facet == .host, value != nil, let sample = try text(row[9]) {
                    assembly.add(
                        HostSighting(
                            firstSeenNanoseconds: UInt64(clamping: row[7]),
                            lastSeenNanoseconds: UInt64(clamping: row[8]), sample: sample), to: values)
                }
            }
        }
    }

    /// The values of a facet that a row of traits stands for: several for a link with several repairs.
    private mutating func facetValues(_ facet: ReportColumn, _ row: [Int64]) throws(StoreError) -> [String?] {
        switch facet {
        case .client: return [try text(row[10])]
        case .device: return [try text(row[11])]
        case .country: return [try text(row[12])]
        case .host: return [try text(row[13])]
        case .outcome:
            return [UInt8(exactly: row[3]).flatMap { Outcome(rawValue: $0) }.map { "\($0.name)" }]
        default:
            let names = LinkRepair(rawValue: UInt32(truncatingIfNeeded: row[14])).names
            return names.isEmpty ? [nil] : names
        }
    }

    private func common(
        _ column: ReportColumn, _ placement: Placement, _ kind: TrackingResource, _ engagementClass: EngagementClass
    ) -> String? {
        switch column {
        case .kind: "\(kind.name)"
        case .class: engagementClass.name
        default: placement.values[column]
        }
    }

    private func bind(_ placement: Placement, to select: SQLiteStatement) {
        select.bind(1, placement.id).bind(2, Int64(placement.range.days.lowerBound))
        select.bind(3, Int64(placement.range.days.upperBound))
    }

    private func kind(_ value: Int64) -> TrackingResource? {
        UInt8(exactly: value).flatMap { TrackingResource(rawValue: $0) }
    }

    private func engagementClass(_ value: Int64) -> EngagementClass? {
        UInt8(exactly: value).flatMap { EngagementClass(rawValue: $0) }
    }

    // MARK: People

    private mutating func addPeople(of placement: Placement, suffix: String) throws(StoreError) {
        let select = try store.database.statement(
            "SELECT id, link, day, kind FROM leaf\(suffix) WHERE placement = ? AND day >= ? AND day < ?", during: .read)
        bind(placement, to: select)
        var leaves: [[Int64]] = []
        while try select.step() { leaves.append((0..<4).map { select.integer($0) }) }
        select.reset()
        for leaf in leaves {
            guard let kind = kind(leaf[3]) else { continue }
            let link = question.by.contains(.link) ? try text(leaf[1]) : nil
            let values = question.by.map { column -> String? in
                switch column {
                case .link: link
                case .day: CivilDate(dayNumber: Int(leaf[2])).text
                default: common(column, placement, kind, .human)
                }
            }
            var members = NumberedPeople()
            try store.people.unite(leaf: leaf[0], suffix: suffix, people: &members.people, others: &members.others)
            assembly.unite(members, kind: kind, section: placement.section, to: values)
        }
    }

    private func anyCap(_ placements: [Placement]) throws(StoreError) -> Bool {
        for suffix in ["", "_open"] {
            for placement in placements {
                let select = try store.database.statement(
                    """
                    SELECT 1 FROM capped\(suffix) c JOIN placement p ON p.section = c.section
                    WHERE p.id = ? AND c.day >= ? AND c.day < ? LIMIT 1
                    """, during: .read)
                bind(placement, to: select)
                defer { select.reset() }
                if try select.step() { return true }
            }
        }
        return false
    }

    // MARK: Sends and accounting

    /// A record of sends stands in every row whose parts it was told apart by.
    private mutating func addSends() throws(StoreError) {
        let select = try store.database.statement(
            "SELECT section, experience, version, variation, sent_nanoseconds, sent, delivered FROM sends",
            during: .read)
        var rows: [(words: [UInt64?], sentNanoseconds: UInt64, sent: UInt64, delivered: UInt64?)] = []
        while try select.step() {
            rows.append(
                (
                    (0..<4).map { select.optionalUnsigned($0) }, select.unsigned(4), select.unsigned(5),
                    select.optionalUnsigned(6)
                ))
        }
        select.reset()
        for row in rows {
            var words: [String?] = []
            for word in row.words {
                words.append(try word.flatMap { word throws(StoreError) in try text(Int64(bitPattern: word)) })
            }
            let section = words[0] ?? ""
            if let wanted = question.sections, !wanted.contains(section) { continue }
            if let wanted = question.experience, wanted != words[1] { continue }
            let zone = sections.zone(of: section)
            let hour = zone.localHour(at: Int64(row.sentNanoseconds / 1_000_000_000))
            let range = ReportRange(since: question.since, until: question.until, zone: zone)
            guard range.days.contains(Int(hour.dayNumber)), range.seconds.contains(hour.startSeconds) else { continue }
            var values: [String?] = []
            for column in question.by {
                switch column {
                case .sec: values.append(section)
                case .expId: values.append(words[1])
                case .expVer: values.append(words[2])
                case .va: values.append(words[3])
                case .day: values.append(CivilDate(dayNumber: Int(hour.dayNumber)).text)
                default: values.append(hourText(hour.startSeconds, Int64(hour.offsetSeconds)))
                }
            }
            guard !values.contains(nil) else { continue }
            assembly.addSends(sent: row.sent, delivered: row.delivered, to: values)
        }
    }

    private func accounting() throws(StoreError) -> ReportAccounting {
        var accounting = ReportAccounting()
        for checkpoint in try store.checkpoints() {
            accounting.lost += checkpoint.lost
            accounting.counted += checkpoint.counted
            accounting.pending += checkpoint.pending
            accounting.damaged += checkpoint.damaged
            accounting.expired += checkpoint.expired
        }
        return accounting
    }
}

/// The names that a report shows beside ids: those of `tremolo name`, and the configured ones of sections.
private struct CampaignNames {
    private struct Key: Hashable {
        let level: Int64
        let parts: [String]
    }

    private var names: [Key: String] = [:]
    private let sections: SectionDirectory
    private let question: ReportQuestion

    init(store: SQLiteCampaignStore, sections: SectionDirectory, question: ReportQuestion) throws(StoreError) {
        self.sections = sections
        self.question = question
        let select = try store.database.statement(
            """
            SELECT n.level, s.text, e.text, v.text, a.text, n.text FROM name n
            JOIN term s ON s.id = n.section JOIN term e ON e.id = n.experience
            JOIN term v ON v.id = n.version JOIN term a ON a.id = n.variation WHERE n.text <> ''
            """, during: .read)
        defer { select.reset() }
        while try select.step() {
            names[Key(level: select.integer(0), parts: (1..<5).map { select.text($0) })] = select.text(5)
        }
    }

    /// The name of one of a row's values. An id below a section has a name where the row or the question names the
    /// section.
    func name(of values: [String?], at index: Int) -> String? {
        let section = value(.sec, in: values) ?? (question.sections?.count == 1 ? question.sections?[0] : nil)
        guard let section else { return nil }
        let experience = value(.expId, in: values) ?? question.experience
        let version = value(.expVer, in: values)
        switch question.by[index] {
        case .sec: return names[Key(level: 1, parts: [section, "", "", ""])] ?? sections.sections[section]?.name
        case .expId: return experience.flatMap { names[Key(level: 2, parts: [section, $0, "", ""])] }
        case .expVer:
            guard let experience, let version else { return nil }
            return names[Key(level: 3, parts: [section, experience, version, ""])]
        case .va:
            guard let experience, let variation = values[index] else { return nil }
            let inVersion = version.flatMap { names[Key(level: 4, parts: [section, experience, $0, variation])] }
            return inVersion ?? names[Key(level: 4, parts: [section, experience, "", variation])]
        default: return nil
        }
    }

    private func value(_ column: ReportColumn, in values: [String?]) -> String? {
        question.by.firstIndex(of: column).flatMap { values[$0] }
    }
}
