import Engagement
import TrackingLinks

/// The counts of a delta by each facet, in the store's numbers.
struct SQLiteFacets {
    struct Key: Hashable {
        var placement: Int64
        var value: Int64
        var dayNumber: Int32
        var facet: StoredFacet
        var kind: TrackingResource
        var engagementClass: EngagementClass
    }

    private(set) var counts: [Key: FigureDelta.TraitsCounts] = [:]

    init(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, _ numbering: inout SQLiteNumbering
    ) throws(StoreError) {
        let outcomes = try Self.words(Outcome.allCases.map { "\($0.name)" }, numbering)
        let repairs = try Self.words(LinkRepair.named.map(\.name), numbering)
        for (key, added) in delta.traits.entries {
            let traits = vocabulary.traits[key.traits]
            var row = Key(
                placement: try numbering.placement(key.placement, vocabulary), value: 0, dayNumber: key.dayNumber,
                facet: .client, kind: key.kind, engagementClass: key.engagementClass)
            for (facet, word) in [
                (StoredFacet.client, traits.client), (.device, traits.device), (.country, traits.country),
                (.host, traits.host),
            ] {
                row.facet = facet
                row.value = try numbering.term(word, vocabulary)
                add(added, to: row, vocabulary)
            }
            row.facet = .outcome
            row.value = outcomes["\(key.outcome.name)"] ?? 0
            add(added, to: row, vocabulary)
            row.facet = .repair
            let names = LinkRepair(rawValue: traits.repairs).names
            row.value = 0
            if names.isEmpty { add(added, to: row, vocabulary) }
            for name in names {
                row.value = repairs[name] ?? 0
                add(added, to: row, vocabulary)
            }
        }
    }

    private mutating func add(_ added: FigureDelta.TraitsCounts, to key: Key, _ vocabulary: FigureVocabulary) {
        counts[key, default: FigureDelta.TraitsCounts()].merge(added, terms: vocabulary.terms)
    }

    private static func words(_ names: [String], _ numbering: SQLiteNumbering) throws(StoreError) -> [String: Int64] {
        var words: [String: Int64] = [:]
        for name in names {
            let bytes = Array(name.utf8)
            words[name] = try numbering.term(bytes.span)
        }
        return words
    }
}
