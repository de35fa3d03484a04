import Simulation
import Testing

@Suite("Nothing is lost and nothing counted twice, whatever happens in whatever order")
struct SimulationTests {
    /// `make simulate SEED=…` runs one of these again.
    @Test("Schedules of fixed seeds", arguments: 0..<8)
    func fixedSeeds(_ part: UInt64) throws {
        var statistics = SimulationStatistics()
        for seed in part * 40..<(part + 1) * 40 {
            let outcome = try Simulation.run(seed: seed)
            #expect(outcome.findings == [], "seed \(seed)")
            statistics.add(outcome.statistics)
        }
        // A hunt in which nothing happens would find nothing.
        #expect(statistics.events > 5_000 && statistics.kills > 40 && statistics.powerCuts > 40)
        #expect(statistics.importedSegments > 20 && statistics.waitingSegments > 5 && statistics.failedImports > 5)
        #expect(statistics.damages > 5 && statistics.restores > 5 && statistics.faults > 100)
        #expect(statistics.hangs > 20 && statistics.lost > 5)
        #expect(statistics.headerDamages > 5 && statistics.lastDamages > 2 && statistics.placedDamages > 50)
        #expect(statistics.checks > 200 && statistics.checkedStandings > 100)
        #expect(statistics.checkedStores > 20 && statistics.checkedRebuilds > 20)
    }

    @Test("Each kind of bug is found", arguments: Sabotage.allCases)
    func canary(_ sabotage: Sabotage) throws {
        let found = try (0..<150 as Range<UInt64>).contains { seed in
            try !Simulation.run(seed: seed, sabotage: sabotage).findings.isEmpty
        }
        #expect(found)
    }

    @Test("A bug is found while the story goes on, not only at its end")
    func findsInBetween() throws {
        let found = try (0..<150 as Range<UInt64>).contains { seed in
            try Simulation.run(seed: seed, sabotage: .checkpointsForgotten).findings.contains {
                $0.hasPrefix("in between, counted as it went: ")
            }
        }
        #expect(found)
    }

    /// - 99731937426297: the person whose hash marks holes in stores was forgotten, and stayed there.
    @Test("Schedules in which a hunt found something", arguments: [99_731_937_426_297 as UInt64])
    func found(_ seed: UInt64) throws {
        let outcome = try Simulation.run(seed: seed)
        #expect(outcome.findings == [], "seed \(seed)")
    }

    @Test("A seed tells the same story again")
    func repeats() throws {
        for seed in 1_000..<1_010 as Range<UInt64> {
            let first = try Simulation.run(seed: seed)
            let second = try Simulation.run(seed: seed)
            #expect(first.statistics == second.statistics && first.findings == second.findings, "seed \(seed)")
        }
    }
}
