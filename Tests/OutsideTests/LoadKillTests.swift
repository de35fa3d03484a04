import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite("Killed again and again under tremolo-load", .enabled(if: OutsideProgram.isAskedFor))
    struct LoadKillTests {
        private static func journalBytes(_ data: String) -> Int {
            let journal = data + "/journal"
            let paths = (try? FileManager.default.subpathsOfDirectory(atPath: journal)) ?? []
            return paths.reduce(0) { sum, path in
                let attributes = try? FileManager.default.attributesOfItem(atPath: journal + "/" + path)
                return sum
                    + ((attributes?[.type] as? FileAttributeType) == .typeRegular ? attributes?[.size] as? Int ?? 0 : 0)
            }
        }

        @Test("Every answer is in the journal once, nothing is there that was not sent, and nothing twice")
        func kills() throws {
            let seed: UInt64 = 5_2027
            var generator = SeededGenerator(seed: seed)
            let folder = try TemporaryFolder(inMemory: true)
            let run = FaultRun(data: folder.path + "/data")
            var edge = try run.start()
            let port = edge.port
            let output = folder.path + "/output"
            #expect(FileManager.default.createFile(atPath: output, contents: nil))
            let load = SpawnedProcess()
            load.executableURL = URL(fileURLWithPath: try builtProgram("tremolo-load"))
            let scenario = URL(fileURLWithPath: OutsideProgram.configuration).deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("LoadTests/scenarios/campaign.json5").path
            load.arguments = [
                "http://127.0.0.1:\(port)", "--scenario", scenario, "--json", "--rate", "1500", "--duration", "8s",
                "--warmup", "0s", "--connections", "16", "--verify-data", run.data, "--tremolo", tremoloBinary(),
            ]
            load.standardOutput = FileHandle(forWritingAtPath: output)
            load.standardError = FileHandle.nullDevice
            try load.run()
            defer { load.terminate() }
            var kills = 0
            while load.isRunning, kills < 6 {
                // The moment is a number of bytes in the journal: anywhere in a batch, a sync or a commit.
                let goal = Self.journalBytes(run.data) + Int.random(in: 50_000...400_000, using: &generator)
                try eventually("the journal grows, or the load ends") {
                    !load.isRunning || Self.journalBytes(run.data) >= goal
                }
                guard load.isRunning else { break }
                #expect(edge.end(SIGKILL) == -SIGKILL)
                edge = try run.start(port: port)
                #expect(edge.greeting.contains("event=ended-without-stopping"))
                kills += 1
            }
            load.waitUntilExit()
            #expect(edge.end() == 0)
            #expect(kills >= 3, "seed \(seed)")
            let result = try JSONDocument(String(contentsOfFile: output, encoding: .utf8))
            let verified = result["verified"]
            #expect(verified["acknowledged"].int ?? 0 > 3_000, "seed \(seed)")
            for member in ["lost", "doubled", "unknown"] {
                #expect(verified[member].int == 0, "\(member), seed \(seed)")
            }
            #expect(verified["right"].bool == true && verified["storeAgrees"].bool == true, "seed \(seed)")
            let accounting = try run.countedReport()["accounting"]
            #expect(accounting["counted"].int == verified["found"].int, "seed \(seed)")
            #expect(accounting["lost"].int == 0 && accounting["damaged"].int == 0, "seed \(seed)")
            #expect(try run.command("verify").status == 0)
        }
    }
}
