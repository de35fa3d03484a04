import Journal
import LinuxSystem

/// Looks at the shards now and then, and says in the log and in readiness what is wrong with the journal.
struct ShardWatch {
    private let workers: [WorkerShards]
    private let stall: DiskStall
    private let synchronizer: JournalSynchronizer
    private let health: EdgeHealth
    private let log: ServerLog
    /// Ranges that the log has.
    private var told: Set<NotDurableRange> = []
    /// Calls that the disk held, as far as the log has them.
    private var toldStalls: UInt64 = 0
    private var toldThatItHangs = false
    /// Segments that lost their names, as the log has them.
    private var toldGone: [GoneSegment] = []

    /// Watches the workers' shards, and the syncs of all.
    init(
        workers: [WorkerShards], stall: DiskStall, synchronizer: JournalSynchronizer, health: EdgeHealth, log: ServerLog
    ) {
        self.workers = workers
        self.stall = stall
        self.synchronizer = synchronizer
        self.health = health
        self.log = log
    }

    /// Looks once.
    ///
    /// - Returns: what is not known to be durable and was logged now.
    @discardableResult
    mutating func look() -> [NotDurableRange] {
        lookAtStalls()
        let snapshots = workers.map(\.snapshot)
        let waiting = snapshots.reduce(0) { $0 + $1.waitingEvents }
        let failing = snapshots.first { $0.isFailing }
        let trouble = failing.map { shard in
            let why = SystemError(call: .pwrite, errno: shard.lastErrno).reason
            let reason = shard.lastErrno == 0 ? "the disk does not answer" : why
            return "\(waiting) events wait in memory: the journal can't be written (\(reason))"
        }
        if health.set(.journal, trouble) {
            log.write(trouble == nil ? .info : .error, "journal", ("trouble", trouble ?? "none any more"))
        }
        let lost = snapshots.reduce(0) { $0 + $1.lostEvents }
        if health.set(.lost, lost > 0 ? "\(lost) events were answered and found no room to wait for the disk" : nil) {
            log.write(.error, "events-lost", ("events", "\(lost)"))
        }
        lookAtNames()
        return lookAtSyncs(failures: snapshots.reduce(0) { $0 + $1.syncFailures })
    }

    /// Readiness has it from `StallWatch`, which no log may hold.
    private mutating func lookAtStalls() {
        let (hangs, count) = (stall.isOn, stall.count)
        if count > toldStalls {
            log.write(.error, "disk-hangs", ("writes", "\(count - toldStalls)"))
            toldThatItHangs = true
            toldStalls = count
        }
        if toldThatItHangs, !hangs {
            log.write(.info, "disk-answers")
            toldThatItHangs = false
        }
    }

    /// Looks for segments that somebody removed, moved or replaced while they were written.
    private mutating func lookAtNames() {
        let gone = synchronizer.goneSegments
        for segment in gone where !toldGone.contains(segment) {
            let records = segment.endSequence.map { "\($0 - segment.firstSequence)" } ?? "not known yet"
            switch segment.fate {
            case .waits(let error):
                log.write(
                    .error, "segment-gone", ("segment", segment.path), ("records", records),
                    ("what", "it is written again under its name"), ("hindrance", error?.reason ?? "none"))
            case .restored:
                log.write(
                    .warning, "segment-restored", ("segment", segment.path), ("records", records),
                    ("what", "segments before it may be gone: tremolo verify looks"))
            case .setAside(let path):
                log.write(
                    .error, "segment-set-aside", ("segment", segment.path), ("records", records), ("copy", path))
            }
        }
        toldGone = gone
        let names = gone.compactMap(Self.trouble)
        health.set(.segments, names.isEmpty ? nil : names.joined(separator: "; "))
    }

    private static func trouble(_ segment: GoneSegment) -> String? {
        switch segment.fate {
        case .waits(let error):
            "\(segment.path) was removed or moved while it was written, and is written again"
                + (error.map { " when that works (\($0.reason))" } ?? "")
        case .setAside(let path):
            "another file has the name of the segment \(segment.path), whose records stand in \(path): compare them, "
                + "give the right one the name while no server runs, and rebuild"
        case .restored: nil
        }
    }

    private mutating func lookAtSyncs(failures: UInt64) -> [NotDurableRange] {
        let ranges = synchronizer.notDurableRanges
        let isFailing = failures > 0 || !ranges.isEmpty
        if health.set(.sync, isFailing ? Self.trouble(ranges) : nil) {
            log.write(.error, "sync-failed", ("failures", "\(failures)"))
        }
        // A range grows until its file is left: what grew is another one.
        let new = ranges.filter { told.insert($0).inserted }
        for range in new {
            log.write(
                .error, "not-durable", ("shard", "\(range.shard)"), ("first", "\(range.firstSequence)"),
                ("end", "\(range.endSequence)"))
        }
        return new
    }

    private static func trouble(_ ranges: [NotDurableRange]) -> String {
        guard !ranges.isEmpty else { return "a sync failed; it covered nothing that was not durable before" }
        let names = ranges.prefix(rangesNamedMax).map { "\($0.shard)/\($0.firstSequence) to \($0.endSequence - 1)" }
        let more = ranges.count - names.count
        return "syncs failed; these records may not survive a power cut: " + names.joined(separator: ", ")
            + (more > 0 ? " and \(more) more ranges, which the log names" : "")
    }

    /// Ranges that readiness names; a failing disk makes one a file.
    private static let rangesNamedMax = 8
}
