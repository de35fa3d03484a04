import Campaigns
import Foundation
import HTTPEngine
import Journal
import LinuxSystem
import Settings
import TestSupport
import Testing

@testable import EdgeServer

@Suite("A flood that switches timing rules off is told")
struct CrowdingMetricsTests {
    /// Rules with a window of a second, as a file in a folder.
    private static func rules(in folder: String) throws -> String {
        let rules = folder + "/rules"
        try Files.makeDirectory(rules)
        let text =
            "{ timing: [{ distinct: 'link', atLeast: 3, seconds: 1, by: ['person'], class: 'machine', reason: 'x' }] }"
        try Data(text.utf8).write(to: URL(fileURLWithPath: rules + "/timing.json5"))
        return rules
    }

    @Test("Events that were judged alone stand in the metrics, a report and a rebuild", arguments: [5, 6])
    func told(_ eventsPerSecondMax: Int) throws {
        let rig = try EdgeRig()
        let data = DataFolder(path: rig.folder.path)
        let client = try rig.connect()
        for _ in 0..<6 { _ = try rig.exchange(client, browserRequest("/tremop?sec=1&cuid=j%40m.example")) }
        let admin = AdminJournal(
            shard: ShardIdentity(node: EdgeRig.node, epoch: 2, shard: ShardIdentity.adminShard),
            journalFolder: data.journal, limits: JournalLimits(), closed: rig.closed, synchronizer: rig.synchronizer)
        admin.tick(nowNanoseconds: rig.time.realtimeNanoseconds + 5_000_000_000)
        rig.synchronizer.syncNow()
        let rules = try Self.rules(in: data.path)
        let runner = try AggregatorRunner(
            try #require(
                readConfiguration(
                    "{ flushInterval: \"1 h\", rules: \"\(rules)\", sections: { \"1\": {} } }")),
            folder: data, node: EdgeRig.node, live: [admin.shard: admin.progress], closed: rig.closed,
            health: EdgeHealth(), log: ServerLog(), limits: FigureLimits(eventsPerSecondMax: eventsPerSecondMax))
        let metrics = EdgeMetrics(
            workers: [], stall: DiskStall(), health: EdgeHealth(), aggregator: { runner.standing }, retention: { nil })
        let crowded = eventsPerSecondMax == 5 ? 6 : 0
        try runner.start()
        for _ in 0..<2 {
            try runner.flush()
            let lines = String(decoding: metrics.page(), as: UTF8.self).split(separator: "\n")
            #expect(lines.contains("tremolo_crowded_events \(crowded)"))
            let answer = try StoreFolder(data).openForReading().answer(
                ReportQuestion(), sections: SectionDirectory(["1": SectionDirectory.Facts()]))
            #expect(answer.crowdedEvents == UInt64(crowded) && answer.accounting.counted == 6)
            try runner.rebuild()
        }
        runner.stop()
    }
}
