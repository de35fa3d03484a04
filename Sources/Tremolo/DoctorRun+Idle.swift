import EdgeServer
import LinuxSystem

extension DoctorRun {
    /// Says what is known without waiting of who closes idle connections first: an edge can't ask what is in front how
    /// long it keeps its own, but it counts those that it had to close.
    mutating func lookAtIdleTime(_ seen: Seen) {
        let arrival = seen.arrival
        let keeps = "the edge keeps an idle connection for \(arrival.idleTimeoutSeconds) s"
        guard arrival.isFromProxy, let count = arrival.proxyIdleTimeouts, count > 0 else {
            add("timeouts", .note, "\(keeps): what is in front has to close its own earlier; --idle waits to see it")
            return
        }
        let connections = count == 1 ? "a connection" : "\(count) connections"
        add(
            "timeouts", .note,
            "\(keeps), and since its start it has closed \(connections) of a trusted proxy that did not do so first: "
                + "--idle waits to see whether that is still so")
    }

    /// Sends a click, waits until the edge closes what has idled since, and asks whether it had to.
    mutating func lookAtIdleTime(_ click: String) throws(DoctorFetch.Failure) {
        guard let before = try send("timeouts", click) else { return }
        // No edge keeps one longer, and what an answer says may be anything.
        let seconds = min(before.arrival.idleTimeoutSeconds, 3_600)
        guard before.arrival.isFromProxy, let count = before.arrival.proxyIdleTimeouts else {
            add(
                "timeouts", .note,
                "the edge keeps an idle connection for \(seconds) s: who closes first can only be seen behind a proxy "
                    + "of trustedProxies")
            return
        }
        CommandOutput.note("doctor: waiting \(seconds + 1) s, until the edge closes what idles")
        // A second is what the edge and the clocks need.
        SystemThread.sleep(nanoseconds: (seconds + 1) * 1_000_000_000)
        guard let after = try send("timeouts", click), let later = after.arrival.proxyIdleTimeouts else { return }
        if later > count {
            add(
                "timeouts", .problem,
                "what is in front keeps idle connections longer than the edge, which has closed one after "
                    + "\(seconds) s: a click can meet such a close and fail; have it give up idle connections before "
                    + "that, or raise idleTimeout")
        } else {
            add(
                "timeouts", .ok,
                "within \(seconds) s the edge had no idle connection of what is in front to close: that closes first")
        }
    }
}
