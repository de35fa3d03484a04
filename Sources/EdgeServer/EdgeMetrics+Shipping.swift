import LinuxSystem

extension EdgeMetrics {
    /// How shipping to ClickHouse goes.
    func write(_ standing: ShippingStanding, into page: inout MetricsPage) {
        page.family("tremolo_shipped_rows_total", .counter, "Rows of events that ClickHouse acknowledged.")
        page.sample("tremolo_shipped_rows_total", standing.rows)
        page.family("tremolo_shipping_inserts_total", .counter, "Inserts of rows that ClickHouse acknowledged.")
        page.sample("tremolo_shipping_inserts_total", standing.inserts)
        page.family("tremolo_shipping_failures_total", .counter, "Tries to ship that failed.")
        page.sample("tremolo_shipping_failures_total", standing.failures)
        page.family("tremolo_shipping_generation", .gauge, "Version of the rows that are shipped.")
        page.sample("tremolo_shipping_generation", standing.generation)
        page.family("tremolo_shipping_behind_records", .gauge, "Records that are counted and not shipped.")
        page.sample("tremolo_shipping_behind_records", standing.behind)
        page.family(
            "tremolo_shipping_forgotten_people", .gauge,
            "Forgotten people whom ClickHouse may still have a pseudonym of.")
        page.sample("tremolo_shipping_forgotten_people", standing.toForget)
        guard standing.shippedNanoseconds > 0 else { return }
        let now = SystemClock.realtimeNanoseconds()
        page.family(
            "tremolo_shipping_lag_seconds", .gauge,
            "Age of the moment before which every event of this node is shipped.")
        page.sample(
            "tremolo_shipping_lag_seconds",
            seconds: now > standing.shippedNanoseconds ? now - standing.shippedNanoseconds : 0)
    }
}
