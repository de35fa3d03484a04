import Foundation
import TestSupport
import Testing

@Suite(
    "What judging costs with the shipped rules", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct JudgingCostTests {
    /// `judge-agents` states the bounds and ends with 65 where one is not held: 1 µs for an event where user agents
    /// repeat, 50 ns for a look-up of a whole address among 100,000 ranges, 150 ns and 12 bytes for a person's consent
    /// among ten million, no person a machine, 95% of machines found.
    @Test("An event under a microsecond, an address under 50 ns, a person's consent under 150, metrics under 2%")
    func bounds() throws {
        let result = try run([
            OutsideProgram.shipped("judge-agents"), OutsideProgram.rules, fixture("user-agents"),
        ])
        print(result.output)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        for measured in [
            "an event, where", "an address, in the networks", "an address, in 100000 ranges",
            "a person's consent, of 10000000", "a stranger's, beside 10000000",
        ] {
            #expect(result.output.contains(measured))
        }
        try expectCheapRecording(result.output)
    }

    /// What a request costs in the metrics is under 2% of the processor time that a keep-alive click costs in the
    /// thread that answers it: 64 connections that never rest, so that many clicks share a turn and each costs the
    /// least, beside a request that pays for its turn alone.
    private func expectCheapRecording(_ costs: String) throws {
        let line = try #require(costs.split(separator: "\n").first { $0.hasPrefix("a request in the metrics") })
        let nanoseconds = try #require(line.split(separator: " ").dropLast().last.flatMap { Double($0) })
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: OutsideProgram.configuration,
            environment: ["TREMOLO_WORKERS": "1"])
        let load = try run([
            OutsideProgram.shipped("tremolo-load"), "http://127.0.0.1:\(edge.port)", "--json", "--connections", "64",
            "--duration", "5s", "--server-pid", "\(edge.identifier)",
        ])
        #expect(load.status == 0, "\(load.errors)")
        let threads = try JSONDocument(load.output)["servers"].elements[0]["rounds"].elements[0]["server"]["threads"]
        let worker = threads.elements.first { $0["name"].string == "worker-0" }
        let microseconds = try #require(worker?["cpuMicrosecondsPerRequest"].double)
        print("in the metrics \(nanoseconds) ns, a click \(microseconds) µs: \(nanoseconds / microseconds / 10)%")
        #expect(nanoseconds > 0 && nanoseconds < 0.02 * microseconds * 1_000)
        #expect(edge.end() == 0)
    }
}
