import Engagement

extension EdgeMetrics {
    /// People who are not followed, and how old what is known of them is.
    func writeConsent(_ book: ConsentBook, nowNanoseconds now: UInt64, into page: inout MetricsPage) {
        page.family("tremolo_anonymous_events_total", .counter, "Events that keep nothing of their person.")
        page.sample("tremolo_anonymous_events_total", workers.reduce(0) { $0 &+ $1.edge.anonymousEvents })
        let counts = book.counts
        page.family(
            "tremolo_consent_changes_total", .counter,
            "Changes of people that came into force, by the way they came, lists aside.")
        for source in ConsentRecord.Source.allCases where source != .list {
            for (status, word) in [(ConsentStatus.optedIn, "opt-in"), (.optedOut, "opt-out")] {
                page.sample(
                    "tremolo_consent_changes_total", [("status", word), ("source", source.word)],
                    counts.changes[ConsentBook.Change(status: status, source: source)] ?? 0)
            }
        }
        page.family("tremolo_consent_lists_total", .counter, "Subscriber lists that came into force.")
        page.sample("tremolo_consent_lists_total", counts.lists)
        let standings = book.standings
        page.family("tremolo_consent_people", .gauge, "People with a status on record.")
        page.sample("tremolo_consent_people", standings.reduce(0) { $0 &+ UInt64($1.people) })
        page.family(
            "tremolo_consent_list_age_seconds", .gauge, "Age of a section's subscriber list, by the list's own time.")
        for standing in standings {
            guard let list = standing.list else { continue }
            page.sample(
                "tremolo_consent_list_age_seconds", [("section", standing.section)],
                seconds: now &- min(now, list.effectiveNanoseconds))
        }
    }
}
