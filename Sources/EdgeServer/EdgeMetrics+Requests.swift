import HTTPEngine
import LinuxSystem
import TrackingLinks

extension EdgeMetrics {
    /// The process, under the names that Prometheus' own clients give.
    func writeProcess(into page: inout MetricsPage) {
        guard let usage = ProcessUsage.now() else { return }
        page.family("process_cpu_seconds_total", .counter, "Time on processors, of user and system.")
        page.sample("process_cpu_seconds_total", seconds: usage.processorNanoseconds)
        page.family("process_resident_memory_bytes", .gauge, "Memory that is resident.")
        page.sample("process_resident_memory_bytes", usage.residentBytes)
        page.family("process_open_fds", .gauge, "Descriptors that are open.")
        page.sample("process_open_fds", usage.openDescriptors)
        page.family("process_max_fds", .gauge, "Descriptors that may be open.")
        page.sample("process_max_fds", usage.descriptorsMax)
        page.family("process_start_time_seconds", .gauge, "When the process started, since 1970.")
        page.sample("process_start_time_seconds", seconds: usage.startNanoseconds)
    }

    /// What links came to, and how long that took.
    func writeDecisions(into page: inout MetricsPage) {
        page.family(
            "tremolo_response_seconds", .histogram, "Time from a request's last byte to its answer's first byte.")
        var times = ResponseTimes.Snapshot()
        for worker in workers { times.add(worker.connections.responseTimeSnapshot) }
        page.histogram(
            "tremolo_response_seconds",
            boundsNanoseconds: ResponseTimes.boundsNanoseconds.indices.map {
                ResponseTimes.boundsNanoseconds[$0]
            }, counts: times.counts, sumNanoseconds: times.sumNanoseconds)
        page.family("tremolo_decisions_total", .counter, "Clicks and opens, by the reason for their answer.")
        for reason in DecisionReason.allCases {
            page.sample("tremolo_decisions_total", [("reason", "\(reason.name)")], sum { $0.edge.value(reason) })
        }
        page.family("tremolo_repairs_total", .counter, "Links that were odd or damaged, by what was done about it.")
        for (repair, name) in LinkRepair.named {
            page.sample("tremolo_repairs_total", [("repair", name)], sum { $0.edge.value(repair) })
        }
    }
}
