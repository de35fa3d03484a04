import GeoIP
import HTTPEngine
import Journal
import LinuxSystem
import Settings
import TrackingLinks

/// Where the metrics' numbers come from: the workers' counters and the shards' progress, read from their own thread.
struct EdgeMetrics: Sendable {
    /// One worker's sources.
    struct Worker: Sendable {
        let edge: EdgeCounters
        let connections: WorkerCounters
        let shards: WorkerShards
    }

    let workers: [Worker]
    let stall: DiskStall
    let health: EdgeHealth
    let aggregator: @Sendable () -> AggregatorStanding?
    let retention: @Sendable () -> RetentionStanding?
    var shipping: ShippingRunner?
    var facts: FactsRunner?
    var consent: ConsentBook?

    /// The page of `/metrics`.
    func page() -> [UInt8] {
        var page = MetricsPage()
        writeBuild(into: &page)
        writeProcess(into: &page)
        writeRequests(into: &page)
        writeDecisions(into: &page)
        writeForwarding(into: &page)
        writeConnections(into: &page)
        writeJournal(into: &page)
        writeAggregator(into: &page)
        if let standing = aggregator() { writeCrowding(standing, into: &page) }
        if let consent {
            writeConsent(consent, nowNanoseconds: SystemClock.realtimeNanoseconds(), into: &page)
        }
        if let standing = retention() { write(standing, into: &page) }
        if let shipping { write(shipping.standing, into: &page) }
        if let facts { write(facts.standing, into: &page) }
        return page.bytes
    }

    private func writeBuild(into page: inout MetricsPage) {
        page.family("tremolo_build_info", .gauge, "The version that runs; always 1.")
        page.sample(
            "tremolo_build_info", [("version", Version.text), ("geoip", CountryDatabase.isBuiltIn ? "true" : "false")],
            1)
        page.family("tremolo_ready", .gauge, "1 while the edge is able to accept, as /readyz says.")
        page.sample("tremolo_ready", health.isReady ? 1 : 0)
        page.family("tremolo_trouble", .gauge, "1 for each part of the server that is in trouble.")
        let inTrouble = Set(health.reasons.map(\.part))
        for part in EdgeHealth.Part.allCases {
            page.sample("tremolo_trouble", [("part", part.rawValue)], inTrouble.contains(part) ? 1 : 0)
        }
    }

    private func writeRequests(into page: inout MetricsPage) {
        page.family("tremolo_requests_total", .counter, "Requests answered, by resource, status code and outcome.")
        for cell in EdgeCounters.Cell.allCases where cell != .eventNotRecorded {
            let labels = cell.labels
            page.sample(
                "tremolo_requests_total",
                [("resource", labels.resource), ("code", labels.code), ("outcome", labels.outcome)],
                sum { $0.edge.value(cell) })
        }
        page.family(
            "tremolo_limited_requests_total", .counter,
            "Clicks and opens beyond the limit of their address: not recorded, whatever they were answered with.")
        for (resource, label) in [(TrackingResource.click, "click"), (.open, "open")] {
            page.sample("tremolo_limited_requests_total", [("resource", label)], sum { $0.edge.limited(resource) })
        }
        page.family("tremolo_rejected_requests_total", .counter, "Requests that are no valid HTTP, by rule.")
        for rejection in HTTPRejection.allCases {
            page.sample(
                "tremolo_rejected_requests_total",
                [("rule", "\(rejection)"), ("code", "\(rejection.status.rawValue)")],
                sum { $0.connections.rejections(rejection) })
        }
    }

    private func writeForwarding(into page: inout MetricsPage) {
        page.family(
            "tremolo_forwarded_requests_total", .counter,
            "Clicks and opens of trusted proxies, by what their forwarding headers say of the client's address.")
        for naming in ForwardedClient.Naming.allCases {
            page.sample(
                "tremolo_forwarded_requests_total", [("address", "\(naming)")], sum { $0.edge.value(naming) })
        }
        page.family(
            "tremolo_client_scheme_requests_total", .counter,
            "Clicks and opens of trusted proxies, by how the client reached them.")
        for scheme in ClientScheme.allCases {
            page.sample(
                "tremolo_client_scheme_requests_total", [("scheme", "\(scheme)")], sum { $0.edge.value(scheme) })
        }
    }

    private func writeConnections(into page: inout MetricsPage) {
        page.family("tremolo_connections", .gauge, "Connections that are open, by what they wait for.")
        let states: [(WorkerCounters.Name, String)] = [
            (.idle, "idle"), (.readingHead, "head"), (.readingBody, "body"), (.writing, "write"),
            (.lingering, "linger"),
        ]
        for (name, label) in states {
            page.sample("tremolo_connections", [("state", label)], sum { $0.connections.value(name) })
        }
        page.family("tremolo_connections_total", .counter, "Connections, by what became of them.")
        let names: [(WorkerCounters.Name, String)] = [
            (.accepted, "accepted"), (.shed, "shed"), (.idleTimeouts, "idle_timeout"), (.headTimeouts, "head_timeout"),
            (.bodyTimeouts, "body_timeout"), (.writeTimeouts, "write_timeout"), (.abandoned, "abandoned"),
            (.malformedProxyHeaders, "proxy_header_malformed"), (.untrustedPeers, "proxy_header_untrusted"),
            (.overClientLimit, "address_limit"), (.trustedIdleTimeouts, "proxy_idle_timeout"),
        ]
        for (name, label) in names {
            page.sample("tremolo_connections_total", [("event", label)], sum { $0.connections.value(name) })
        }
        page.family("tremolo_received_bytes_total", .counter, "Bytes received from clients.")
        page.sample("tremolo_received_bytes_total", sum { $0.connections.value(.receivedBytes) })
        page.family("tremolo_sent_bytes_total", .counter, "Bytes sent to clients.")
        page.sample("tremolo_sent_bytes_total", sum { $0.connections.value(.sentBytes) })
        page.family("tremolo_connection_buffer_bytes", .gauge, "Memory in buffers that connections hold.")
        page.sample("tremolo_connection_buffer_bytes", sum { $0.connections.value(.heldBytes) })
    }

    private func writeJournal(into page: inout MetricsPage) {
        let shards = workers.enumerated().map { (label: [("shard", "\($0)")], shard: $1.shards.snapshot) }
        func counter(_ name: String, _ help: String, _ value: (ShardProgressSnapshot) -> UInt64) {
            page.family(name, .counter, help)
            for shard in shards { page.sample(name, shard.label, value(shard.shard)) }
        }
        func gauge(_ name: String, _ help: String, _ value: (ShardProgressSnapshot) -> UInt64) {
            page.family(name, .gauge, help)
            for shard in shards { page.sample(name, shard.label, value(shard.shard)) }
        }
        counter("tremolo_journaled_events_total", "Events written to the journal.") { $0.journaledRecords }
        counter("tremolo_journaled_bytes_total", "Bytes of records written to the journal.") { $0.journaledBytes }
        gauge("tremolo_waiting_events", "Events that wait in memory because the journal can't be written.") {
            $0.waitingEvents
        }
        page.family("tremolo_disk_stalls_total", .counter, "Calls to the journal's disk that a worker was freed from.")
        page.sample("tremolo_disk_stalls_total", stall.count)
        counter("tremolo_lost_events_total", "Events that found no room to wait.") { $0.lostEvents }
        counter("tremolo_journal_write_failures_total", "Writes to the journal that failed.") { $0.writeFailures }
        counter("tremolo_journal_syncs_total", "Syncs of the journal.") { $0.syncs }
        counter("tremolo_journal_sync_failures_total", "Syncs of the journal that failed.") { $0.syncFailures }
        counter("tremolo_not_durable_records_total", "Records whose sync failed.") { $0.notDurableRecords }
        page.family("tremolo_journal_sync_seconds_total", .counter, "Time that syncs took.")
        for shard in shards {
            page.sample("tremolo_journal_sync_seconds_total", shard.label, seconds: shard.shard.syncNanoseconds)
        }
        page.family("tremolo_journal_sync_seconds_max", .gauge, "Time that the longest sync took.")
        for shard in shards {
            page.sample("tremolo_journal_sync_seconds_max", shard.label, seconds: shard.shard.syncNanosecondsMax)
        }
    }

    private func writeAggregator(into page: inout MetricsPage) {
        guard let standing = aggregator() else { return }
        page.family("tremolo_counted_events", .gauge, "Events in closed figures.")
        page.sample("tremolo_counted_events", standing.countedEvents)
        page.family("tremolo_pending_events", .gauge, "Events that are journaled and not in closed figures yet.")
        page.sample("tremolo_pending_events", standing.pendingEvents)
        page.family(
            "tremolo_damaged_events", .gauge, "Events that were damaged in the journal before they were counted.")
        page.sample("tremolo_damaged_events", standing.damagedEvents)
        page.family("tremolo_store_commits_total", .counter, "Commits to the store.")
        page.sample("tremolo_store_commits_total", standing.commits)
        page.family("tremolo_store_errors_total", .counter, "Commits to the store that failed.")
        page.sample("tremolo_store_errors_total", standing.failures)
        page.family("tremolo_store_commit_seconds_total", .counter, "Time that following, folding and committing took.")
        page.sample("tremolo_store_commit_seconds_total", seconds: standing.workNanoseconds)
        page.family("tremolo_closed_watermark_seconds", .gauge, "Time up to which windows are closed, since 1970.")
        page.sample("tremolo_closed_watermark_seconds", seconds: standing.closedNanoseconds)
        page.family(
            "tremolo_aggregator_lag_seconds", .gauge,
            "Time since the closed watermark while events are pending, else 0. The rules' window is a part of it.")
        let now = SystemClock.realtimeNanoseconds()
        let closed = standing.closedNanoseconds
        let lag = standing.pendingEvents > 0 && closed > 0 && now > closed ? now - closed : 0
        page.sample("tremolo_aggregator_lag_seconds", seconds: lag)
        page.family("tremolo_rules_info", .gauge, "The rule set that judges; always 1.")
        page.sample("tremolo_rules_info", [("version", standing.rulesVersion)], 1)
    }

    func sum(_ value: (Worker) -> UInt64) -> UInt64 {
        workers.reduce(0) { $0 &+ value($1) }
    }
}

/// How the aggregator stands, for metrics.
struct AggregatorStanding: Sendable {
    var countedEvents: UInt64 = 0
    var expiredEvents: UInt64 = 0
    var pendingEvents: UInt64 = 0
    var damagedEvents: UInt64 = 0
    var crowdedEvents: UInt64 = 0
    var commits: UInt64 = 0
    var failures: UInt64 = 0
    var workNanoseconds: UInt64 = 0
    var closedNanoseconds: UInt64 = 0
    var rulesVersion = ""
}
