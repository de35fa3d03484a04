import Testing

@testable import Settings

@Suite("Limits of addresses are off until they are set, and read as they are written")
struct LimitSettingsTests {
    @Test func nothingIsLimitedByDefault() {
        let limits = Configuration().limits
        #expect(limits.connectionsPerAddress == nil && limits.requestsPerAddress == nil)
        #expect(limits.beyond == .answer && limits.requestBurst == 100)
    }

    @Test func theyAreReadAndPrinted() throws {
        let text = """
            { limits: { connectionsPerAddress: 50, requestsPerAddress: "600/min", requestBurst: 20, beyond: "refuse" } }
            """
        let effective = try #require(read(text).effective)
        let limits = effective.configuration.limits
        #expect(limits.connectionsPerAddress == 50 && limits.requestBurst == 20 && limits.beyond == .refuse)
        #expect(limits.requestsPerAddress == RequestRate("600/min"))
        #expect(try #require(read(effective.print()).configuration) == effective.configuration)
        #expect(try #require(read("{ limits: { requestsPerAddress: null } }").configuration) == Configuration())
    }

    @Test(
        arguments: [
            ("1/s", 1_000_000_000), ("200/s", 5_000_000), ("600/min", 100_000_000), ("1000/h", 3_600_000_000),
            ("1000000/s", 1_000), ("007/s", 142_857_142),
        ] as [(String, UInt64)])
    func aRateIsATimeForEach(_ text: String, _ nanoseconds: UInt64) throws {
        let rate = try #require(RequestRate(text))
        #expect(rate.intervalNanoseconds == nanoseconds)
        #expect(RequestRate(rate.description) == rate)
    }

    @Test(arguments: [
        "200", "200/d", "/s", "0/s", "1000001/s", "-1/s", "1.5/s", "1/s/s", "1 /s", "٣/s", "99999999999999999999/s",
    ])
    func whatIsNoRateIsRefused(_ text: String) {
        let found = problems("{ limits: { requestsPerAddress: '\(text)' } }")
        #expect(found.count == 1 && found[0].contains("limits.requestsPerAddress: it is no rate: write it as in"))
    }

    @Test func numbersHaveBounds() {
        #expect(problems("{ limits: { connectionsPerAddress: 0 } }").count == 1)
        #expect(problems("{ limits: { connectionsPerAddress: 16385 } }").count == 1)
        #expect(problems("{ limits: { requestBurst: 0 } }").count == 1)
        #expect(problems("{ limits: { requestBurst: 100001 } }").count == 1)
        #expect(problems("{ limits: { beyond: 'drop' } }").count == 1)
        #expect(problems("{ limits: { requestsPerAddress: 7 } }").count == 1)
    }

    @Test func differencesAreNamedByPath() throws {
        let before = try #require(read("{ limits: { requestsPerAddress: '1/s' } }").configuration)
        let after = try #require(read("{ limits: { requestsPerAddress: '2/s', beyond: 'refuse' } }").configuration)
        #expect(
            ConfigurationDifference(from: before, to: after).changes.map(\.path) == [
                "limits.requestsPerAddress", "limits.beyond",
            ])
    }
}
