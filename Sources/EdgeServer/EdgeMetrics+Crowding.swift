extension EdgeMetrics {
    /// How many events no timing rule looked at: who floods a node can switch those rules off, and this shows it.
    func writeCrowding(_ standing: AggregatorStanding, into page: inout MetricsPage) {
        page.family(
            "tremolo_crowded_events", .gauge,
            "Events in closed figures that were judged alone, because more than 25000 came in their second.")
        page.sample("tremolo_crowded_events", standing.crowdedEvents)
    }
}
