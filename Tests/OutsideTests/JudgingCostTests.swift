import TestSupport
import Testing

@Suite(
    "What judging costs with the shipped rules", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct JudgingCostTests {
    /// `judge-agents` states the bounds and ends with 65 where one is not held: 1 µs for an event where user agents
    /// repeat, 50 ns for a look-up of a whole address among 100,000 ranges, no person a machine, 95% of machines found.
    @Test("An event under a microsecond, an address under fifty nanoseconds")
    func bounds() throws {
        let result = try run([
            OutsideProgram.shipped("judge-agents"), OutsideProgram.rules, fixture("user-agents"),
        ])
        print(result.output)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        for measured in ["an event, where", "an address, in the networks", "an address, in 100000 ranges"] {
            #expect(result.output.contains(measured))
        }
    }
}
