import Campaigns

extension EdgeMetrics {
    /// What the journal takes, and what becomes of its oldest segments.
    func write(_ standing: RetentionStanding, into page: inout MetricsPage) {
        page.family("tremolo_journal_bytes", .gauge, "Bytes of the journal's segments.")
        page.sample("tremolo_journal_bytes", standing.journalBytes)
        page.family("tremolo_journal_segments", .gauge, "Segments of the journal.")
        page.sample("tremolo_journal_segments", standing.segments)
        page.family("tremolo_disk_free_bytes", .gauge, "Bytes that are free where the journal lies.")
        page.sample("tremolo_disk_free_bytes", standing.freeBytes)
        page.family("tremolo_disk_floor_bytes", .gauge, "Bytes below which the oldest sealed segments go.")
        page.sample("tremolo_disk_floor_bytes", standing.floorBytes)
        page.family("tremolo_expired_events", .gauge, "Events whose records were deleted and whose figures are sealed.")
        page.sample("tremolo_expired_events", standing.expiredEvents)
        if let through = standing.peopleSealedThrough {
            page.family(
                "tremolo_people_sealed_until_seconds", .gauge,
                "End of the last day whose people are kept as counts alone, by its section's clock.")
            page.sample("tremolo_people_sealed_until_seconds", UInt64(clamping: (Int64(through) + 1) * 86_400))
        }
        page.family("tremolo_expired_segments_total", .counter, "Segments that were deleted, by reason.")
        for reason in RetentionPlan.Reason.allCases {
            page.sample(
                "tremolo_expired_segments_total", [("reason", reason.rawValue)], standing.removedSegments[reason] ?? 0)
        }
        page.family("tremolo_held_segments", .gauge, "Segments that should go and that a store has not taken.")
        for held in standing.held {
            page.sample("tremolo_held_segments", [("store", held.store)], UInt64(held.segments))
        }
        page.family(
            "tremolo_missed_records_total", .counter, "Records that were deleted before a store had taken them.")
        for (store, records) in standing.missedRecords.sorted(by: { $0.key < $1.key }) {
            page.sample("tremolo_missed_records_total", [("store", store)], records)
        }
    }
}
