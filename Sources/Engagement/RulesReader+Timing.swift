internal import Bytes
internal import TrackingLinks

extension RulesReader {
    /// Reads a rule of the list `timing`.
    func timingRule(_ value: JSON5Value) throws(EngagementError) -> TimingRule {
        try checkKeys(
            of: value,
            [
                "distinct", "atLeast", "orEvery", "links", "linksEach", "near", "afterSend", "by", "seconds", "kind",
                "counts",
                "class", "reason",
            ])
        guard ["distinct", "near", "afterSend"].filter({ value[$0] != nil }).count == 1 else {
            throw problem(.notOnePattern, value)
        }
        let pattern = try pattern(ofTiming: value)
        var by: Set<TimingRule.Field> = []
        if pattern == .afterSend {
            if let needless = value["by"] { throw problem(.needless("by"), needless) }
        } else {
            by = try fields(value)
        }
        if case .distinct(let field, _, _) = pattern, by.contains(field) {
            throw problem(.countsWhatIsCommon(field.rawValue), value)
        }
        return TimingRule(
            by: by, pattern: pattern, withinNanoseconds: try nanoseconds(value),
            linksMin: try linkCount(value, "links", pattern, by),
            linksEach: try linkCount(value, "linksEach", pattern, by), kind: try kind(of: value),
            countsUndecided: try countsUndecided(value), engagementClass: try engagementClass(of: value),
            reason: try reason(of: value))
    }

    /// What stands at `links` or `linksEach`: beside different ones of another field, so that links can differ.
    private func linkCount(
        _ value: JSON5Value, _ key: String, _ pattern: TimingRule.Pattern, _ by: Set<TimingRule.Field>
    ) throws(EngagementError) -> Int {
        guard let links = value[key] else { return 0 }
        guard case .distinct(let field, _, _) = pattern, field != .link, key == "links" || field == .person else {
            throw problem(.needless(key), links)
        }
        guard !by.contains(.link) else { throw problem(.countsWhatIsCommon("link"), value) }
        return try count(links)
    }

    private func count(_ value: JSON5Value) throws(EngagementError) -> Int {
        guard let count = value.integer(Int.self), (2...1_000_000).contains(count) else {
            throw problem(.notACount, value)
        }
        return count
    }

    private func pattern(ofTiming value: JSON5Value) throws(EngagementError) -> TimingRule.Pattern {
        if value["near"] != nil { return .near(reason: try text(of: value, "near")) }
        if let afterSend = value["afterSend"] {
            guard afterSend.bool == true else { throw problem(.notTrue("afterSend"), afterSend) }
            return .afterSend
        }
        let name = try text(of: value, "distinct")
        guard let field = TimingRule.Field(rawValue: name), field != .message else {
            throw problem(.unknownField(name), value)
        }
        guard let least = value["atLeast"] else { throw problem(.missingKey("atLeast"), value) }
        let count = try count(least)
        if let every = value["orEvery"] {
            guard every.bool == true else { throw problem(.notTrue("orEvery"), every) }
            guard field == .link else { throw problem(.needless("orEvery"), every) }
        }
        return .distinct(field, atLeast: count, orEvery: value["orEvery"] != nil)
    }

    private func fields(_ value: JSON5Value) throws(EngagementError) -> Set<TimingRule.Field> {
        guard let list = value["by"] else { throw problem(.missingKey("by"), value) }
        guard let names = list.array else { throw problem(.notAList, list) }
        var fields: Set<TimingRule.Field> = []
        for name in names {
            guard let text = name.string else { throw problem(.notText, name) }
            guard let field = TimingRule.Field(rawValue: text) else { throw problem(.unknownField(text), name) }
            fields.insert(field)
        }
        // Without one of these every event of the time would be one group.
        guard fields.contains(.person) || fields.contains(.address) else { throw problem(.nobodysGroup, list) }
        return fields
    }

    private func nanoseconds(_ value: JSON5Value) throws(EngagementError) -> UInt64 {
        guard let span = value["seconds"] else { throw problem(.missingKey("seconds"), value) }
        let shortest = Double(TimingRule.withinNanosecondsMin) / 1e9
        let longest = Double(withinNanosecondsMax) / 1e9
        guard let seconds = span.number, seconds >= shortest, seconds <= longest else {
            throw problem(.notASpan(longestSeconds: longest), span)
        }
        return UInt64((seconds * 1e9).rounded())
    }

    private func countsUndecided(_ value: JSON5Value) throws(EngagementError) -> Bool {
        guard let counts = value["counts"] else { return false }
        guard counts.string == "undecided" else { throw problem(.notUndecided, counts) }
        return true
    }
}
