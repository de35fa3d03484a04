import TestSupport
import Testing

@Suite(
    "What judging costs with the shipped rules", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct JudgingCostTests {
    /// `judge-agents` states the bounds and ends with 65 where one is not held: 1 µs for an event where user agents
    /// repeat, 50 ns for a look-up of a whole address among 100,000 ranges, 150 ns and 12 bytes for a person's consent
    /// among ten million, no person a machine, 95% of machines found.
    @Test("An event under a microsecond, an address under fifty nanoseconds, a person's consent under 150")
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
    }
}
