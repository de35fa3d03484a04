import Bytes
import Settings

/// The two paths on the edge's port where a balancer asks whether the process lives and whether it takes requests. The
/// whole world reaches that port, so that the status is all that they say; `/readyz` of the admin listener has the
/// reasons.
struct EdgeProbes: Sendable {
    private let live: [UInt8]?
    private let ready: [UInt8]?
    private let health: EdgeHealth

    init(_ settings: ProbeSettings, health: EdgeHealth) {
        live = settings.live.map { Array($0.utf8) }
        ready = settings.ready.map { Array($0.utf8) }
        self.health = health
    }

    /// What a probe at a path is told: true for well. Nil where the path is none of the two. Takes no lock.
    func answer(to path: Span<UInt8>) -> Bool? {
        if let live, path.equals(live.span) { return true }
        if let ready, path.equals(ready.span) { return health.isReady }
        return nil
    }
}
