import LinuxSystem

extension EdgeMetrics {
    /// How the facts of a fleet travel.
    func write(_ standing: FactsStanding, into page: inout MetricsPage) {
        page.family(
            "tremolo_facts_pushed_total", .counter, "Facts of this node that the fleet's database acknowledged.")
        page.sample("tremolo_facts_pushed_total", standing.pushed)
        page.family("tremolo_facts_taken_total", .counter, "Facts of other nodes that were taken into the journal.")
        page.sample("tremolo_facts_taken_total", standing.taken)
        page.family("tremolo_facts_behind", .gauge, "Facts of this node that have not travelled.")
        page.sample("tremolo_facts_behind", standing.behind)
        page.family("tremolo_facts_missing", .gauge, "Facts of other nodes that are known and not taken yet.")
        page.sample("tremolo_facts_missing", standing.missing)
        page.family("tremolo_facts_failures_total", .counter, "Tries to tell and to ask the fleet that failed.")
        page.sample("tremolo_facts_failures_total", standing.failures)
        guard let answered = standing.answeredNanoseconds else { return }
        page.family("tremolo_facts_answer_age_seconds", .gauge, "Time since the fleet's database answered last.")
        let now = SystemClock.monotonicNanoseconds()
        page.sample("tremolo_facts_answer_age_seconds", seconds: now - min(now, answered))
    }
}
