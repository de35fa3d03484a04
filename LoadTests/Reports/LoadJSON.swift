import Bytes
import LoadEngine

/// A report as one JSON object, for programs: members always in the same order, times in microseconds, `null` for what
/// is not known. Others depend on its names: README.md lists them.
package struct LoadJSON: Sendable {
    private let report: LoadReport

    /// Makes the JSON of a report.
    package init(_ report: LoadReport) {
        self.report = report
    }

    /// The object with a line feed behind it.
    package var text: String {
        var writer = JSONWriter(layout: .pretty)
        writer.beginObject()
        writer.key("command")
        writer.strings(report.command)
        writer.member("scenario", report.scenario.name)
        writer.key("seed")
        writer.number(report.seed)
        writer.member("selfTest", report.isSelfTest)
        writer.key("servers")
        writer.beginArray()
        for server in report.servers { write(server, to: &writer) }
        writer.endArray()
        writer.key("ratios")
        writer.beginArray()
        for ratio in report.ratios { write(ratio, to: &writer) }
        writer.endArray()
        if let search = report.search { write(search, to: &writer) }
        if let verification = report.verification { write(verification, to: &writer) }
        writer.endObject()
        writer.endLine()
        return writer.text
    }

    private func write(_ server: ServerRounds, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", server.server.name)
        writer.member("url", server.server.url)
        writer.member("expect", server.server.depth.rawValue)
        writer.key("rounds")
        writer.beginArray()
        for round in server.rounds { write(round, to: &writer) }
        writer.endArray()
        writer.key("median")
        writer.beginObject()
        writer.member("requestsPerSecond", server.median { $0.requestsPerSecond })
        writer.key("latencyMicroseconds")
        writer.beginObject()
        for percentile in Percentile.all {
            writer.member(
                percentile.name, server.median { $0.loop.latency.microseconds { $0.value(atShare: percentile.share) } })
        }
        writer.member("max", server.median { $0.loop.latency.microseconds { $0.max } })
        writer.member("mean", server.median { $0.loop.latency.meanMicroseconds })
        writer.endObject()
        writer.member("cpuMicrosecondsPerRequest", server.median { $0.server?.processorMicrosecondsPerRequest })
        writer.endObject()
        writer.endObject()
    }

    private func write(_ run: RunFigures, to writer: inout JSONWriter) {
        let loop = run.loop
        writer.beginObject()
        writer.member("loop", run.isOpen ? "open" : "closed")
        writer.member("arrivals", loop.arrivals)
        writer.member("requestedPerSecond", run.perSecond)
        writer.member("durationSeconds", run.durationSeconds)
        writer.member("sent", loop.sent)
        writer.member("completed", loop.completed)
        writer.member("requestsPerSecond", run.requestsPerSecond)
        writer.key("errors")
        write(loop.errors, to: &writer)
        writer.key("latencyMicroseconds")
        writer.beginObject()
        for percentile in Percentile.all {
            writer.member(percentile.name, loop.latency.microseconds { $0.value(atShare: percentile.share) })
        }
        writer.member("max", loop.latency.microseconds { $0.max })
        writer.member("mean", loop.latency.meanMicroseconds)
        writer.endObject()
        writer.key("lagMicroseconds")
        writer.beginObject()
        for percentile in [Percentile.all[0], Percentile.all[2]] {
            writer.member(percentile.name, loop.lag.microseconds { $0.value(atShare: percentile.share) })
        }
        writer.member("max", loop.lag.microseconds { $0.max })
        writer.endObject()
        write(loop.seconds, to: &writer)
        write(run.server, to: &writer)
        writer.key("generator")
        writer.beginObject()
        writer.member("cpuMicrosecondsPerRequest", run.generatorMicrosecondsPerRequest)
        writer.endObject()
        writer.key("background")
        writer.beginObject()
        writer.member("idleOpen", UInt64(loop.idleOpen))
        writer.member("idleLost", UInt64(loop.idleLost))
        writer.member("slowCompleted", loop.slowCompleted)
        writer.member("slowErrors", loop.slowErrors)
        writer.member("reconnects", loop.reconnects)
        writer.endObject()
        writer.endObject()
    }

    private func write(_ errors: ErrorCounts, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("status", errors.status)
        writer.member("location", errors.location)
        writer.member("body", errors.body)
        writer.member("connect", errors.connect)
        writer.member("timeout", errors.timeout)
        writer.member("closed", errors.closed)
        writer.endObject()
    }

    private func write(_ seconds: [SecondFigures], to writer: inout JSONWriter) {
        writer.key("timeline")
        writer.beginArray()
        for (index, second) in seconds.enumerated() {
            writer.beginObject()
            writer.member("second", UInt64(index))
            writer.member("completed", second.completed)
            writer.member("errors", second.errors)
            writer.member("p50", second.latency.microseconds { $0.value(atShare: 0.5) })
            writer.member("p99", second.latency.microseconds { $0.value(atShare: 0.99) })
            writer.member("max", second.latency.microseconds { $0.max })
            writer.endObject()
        }
        writer.endArray()
    }

    private func write(_ server: ServerFigures?, to writer: inout JSONWriter) {
        writer.key("server")
        guard let server else { return writer.null() }
        writer.beginObject()
        writer.member("cpuSeconds", server.processorSeconds)
        writer.member("cpuMicrosecondsPerRequest", server.processorMicrosecondsPerRequest)
        writer.key("peakMemoryBytes")
        if let bytes = server.peakMemoryBytes { writer.number(bytes) } else { writer.null() }
        writer.member("requests", server.requests)
        writer.key("threads")
        writer.beginArray()
        for thread in server.threads {
            writer.beginObject()
            writer.member("name", thread.name)
            writer.member("cpuMicrosecondsPerRequest", server.microsecondsPerRequest(thread.processorSeconds))
            writer.key("writeCalls")
            if let calls = thread.writeCalls { writer.number(calls) } else { writer.null() }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private func write(_ ratio: ServerRatio, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", ratio.name)
        writer.member("to", ratio.to)
        for figure in ratio.figures {
            writer.key(figure.name)
            guard let spread = figure.spread else {
                writer.null()
                continue
            }
            writer.beginObject()
            writer.member("median", spread.median)
            writer.member("min", spread.min)
            writer.member("max", spread.max)
            writer.endObject()
        }
        writer.endObject()
    }

    private func write(_ search: MaximumSearch, to writer: inout JSONWriter) {
        writer.key("maximum")
        writer.beginObject()
        writer.member("requestsPerSecond", search.maximumPerSecond)
        writer.member("p99GoalMicroseconds", Double(search.goal) / 1e3)
        writer.member("failedRequestsPerSecond", search.failedPerSecond)
        writer.member("closedRequestsPerSecond", search.closedPerSecond)
        writer.key("errors")
        write(search.errors, to: &writer)
        writer.key("steps")
        writer.beginArray()
        for step in search.steps {
            writer.beginObject()
            writer.member("requestedPerSecond", step.perSecond)
            writer.member("p99Microseconds", Double(step.p99) / 1e3)
            writer.member("completedShare", step.completedShare)
            writer.member("errors", step.errors)
            writer.member("passed", step.hasPassed)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private func write(_ found: Verification, to writer: inout JSONWriter) {
        writer.key("verified")
        writer.beginObject()
        writer.member("right", found.isRight)
        writer.member("sent", found.sent)
        writer.member("acknowledged", found.acknowledged)
        writer.member("found", found.found)
        writer.member("lost", found.lost)
        writer.member("doubled", found.doubled)
        writer.member("unacknowledgedFound", found.unacknowledgedFound)
        writer.member("unknown", found.unknown)
        writer.member("journalClicks", found.journalClicks)
        writer.member("journalOpens", found.journalOpens)
        writer.member("storeClicks", found.storeClicks.map { Double($0) })
        writer.member("storeOpens", found.storeOpens.map { Double($0) })
        writer.member("storePending", found.storePending)
        writer.member("storeAgrees", found.storeAgrees)
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ value: UInt64) {
        key(name)
        number(value)
    }

    fileprivate mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// Rounded to a thousandth: no figure here is known better.
    fileprivate mutating func member(_ name: String, _ value: Double?) {
        key(name)
        if let value, value.isFinite { number((value * 1_000).rounded() / 1_000) } else { null() }
    }

    fileprivate mutating func strings(_ values: [String]) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}
