/// The SQL of a question. It is made of the names of columns alone; whatever comes from outside is bound.
struct SQLiteFigureQuery {
    /// Selects the question's columns, section, kind, class, total, asked, refused, and for hosts first and last
    /// sighting and sample. Parameter 1 is the experience, where the question has one.
    let sql: String
    /// True when the rows tell of hosts.
    let tellsHosts: Bool

    /// - Parameter twin: empty for closed figures, `_open` for those of open windows.
    init(_ question: ReportQuestion, twin: String) {
        let facet = question.by.lazy.compactMap { StoredFacet($0) }.first
        tellsHosts = facet == .host
        let columns = question.by.map { Self.expression($0) + ", " }.joined()
        let source: String
        // Every event has one outcome, so that the facet of outcomes adds up to the rollup: with a row a day in place
        // of one an hour, route and link.
        if let facet = facet ?? (Self.needsNoRollup(question) ? .outcome : nil) {
            source = """
                facet\(twin) r ON r.placement=p.id AND r.facet=\(facet.rawValue)
                AND r.day BETWEEN s.first_day AND s.last_day
                """
        } else {
            source = """
                rollup\(twin) r ON r.placement=p.id AND r.day BETWEEN s.first_day AND s.last_day
                AND r.hour >= s.first_hour AND r.hour < s.end_hour
                """
        }
        let needsRoute = question.by.contains(.mech) || question.by.contains(.smech)
        let route = needsRoute ? " JOIN route w ON w.id=r.route" : ""
        let from = " FROM \(Self.placements(question)) CROSS JOIN \(source)\(route)"
        if tellsHosts {
            // Which sample is kept depends on more than one column, so hosts are joined row by row.
            sql = """
                SELECT \(columns)p.section, r.kind, r.class, r.total, r.asked, r.refused,
                r.first_seen, r.last_seen, r.sample\(from)
                """
        } else {
            let group = (1...question.by.count + 3).map(String.init).joined(separator: ", ")
            sql = """
                SELECT \(columns)p.section, r.kind, r.class, sum(r.total), sum(r.asked), sum(r.refused)\(from)
                GROUP BY \(group)
                """
        }
    }

    /// True when whole days of placements are asked for.
    private static func needsNoRollup(_ question: ReportQuestion) -> Bool {
        ReportColumn.besideFacets.isSuperset(of: question.by)
            && [question.since, question.until].allSatisfy { $0?.isWholeDay ?? true }
    }

    /// Selects the question's columns, section, kind, the number and content of each container, and its day. Days whose
    /// people are counts are left out, and days to the end of a month may come too (`SQLiteReport.select`).
    static func people(_ question: ReportQuestion, twin: String) -> String {
        let columns = question.by.map { expression($0) + ", " }.joined()
        return """
            SELECT \(columns)p.section, r.kind, m.id, m.members, r.day FROM \(placements(question))
            CROSS JOIN leaf r ON r.placement=p.id AND r.day BETWEEN s.people_first_day AND s.people_last_day
            CROSS JOIN members\(twin) m ON m.id BETWEEN r.id << 17 AND r.id << 17 | 131071
            """
    }

    /// Selects the question's columns, section, kind, first and last day, people and unique people of the sealed counts
    /// of a grouping.
    static func sealedPeople(_ question: ReportQuestion, _ grouping: PeopleGrouping) -> String {
        let columns = question.by.map { sealedExpression($0) + ", " }.joined()
        let experience = question.experience == nil ? "" : " AND c.experience=(SELECT id FROM term WHERE text=?1)"
        // By day, counts over more than one are of no use.
        let days = question.by.contains(.day) ? " AND c.first_day=c.last_day" : ""
        return """
            SELECT \(columns)c.section, c.kind, c.first_day, c.last_day, c.people, c.uniques FROM selection s
            CROSS JOIN people_count c ON c.section=s.section AND c.grouping=\(grouping.rawValue)
                AND c.first_day BETWEEN s.sealed_first_day AND s.people_last_day\(days)\(experience)
            """
    }

    /// Selects the question's columns, section, kind, day and seals of leaves that people came to too late.
    static func latePeople(_ question: ReportQuestion) -> String {
        let columns = question.by.map { expression($0) + ", " }.joined()
        return """
            SELECT \(columns)p.section, r.kind, r.day, r.seals FROM \(placements(question))
            CROSS JOIN people_late r ON r.placement=p.id AND r.day BETWEEN s.first_day AND s.last_day
            """
    }

    private static func sealedExpression(_ column: ReportColumn) -> String {
        switch column {
        case .sec: "c.section"
        case .expId: "c.experience"
        case .expVer: "c.version"
        case .va: "c.variation"
        case .link: "c.link"
        case .day: "c.first_day"
        default: "c.kind"
        }
    }

    /// An hour as the queries give it: the start and the offset of the clocks in one number that sorts as time does.
    static func hour(_ value: Int64) -> (startSeconds: Int64, offsetSeconds: Int32) {
        (value >> 20, Int32(truncatingIfNeeded: (value & 0xF_FFFF) - 0x8_0000))
    }

    private static func placements(_ question: ReportQuestion) -> String {
        let experience = question.experience == nil ? "" : " AND p.experience=(SELECT id FROM term WHERE text=?1)"
        return "selection s CROSS JOIN placement p ON p.section=s.section\(experience)"
    }

    private static func expression(_ column: ReportColumn) -> String {
        switch column {
        case .sec: "p.section"
        case .expId: "p.experience"
        case .expVer: "p.version"
        case .va: "p.variation"
        case .mech: "w.mech"
        case .smech: "w.smech"
        case .link: "r.link"
        case .hour: "r.hour << 20 | (r.utc_offset + 524288)"
        case .day: "r.day"
        case .kind: "r.kind"
        case .class: "r.class"
        case .client, .device, .country, .repair, .host, .outcome: "r.value"
        }
    }
}
