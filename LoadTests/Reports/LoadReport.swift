package import LoadEngine

/// Everything that a call of the tool found out: what the table, the JSON and the page are made of.
package struct LoadReport: Sendable {
    /// The command line.
    package var command: [String]
    /// What was asked.
    package var scenario: Scenario
    /// What repeats it.
    package var seed: UInt64
    /// The servers with their rounds; the first is the one that the others are compared with.
    package var servers: [ServerRounds]
    /// The search for the highest rate, if it was made.
    package var search: MaximumSearch?
    /// What the journal says, if it was asked.
    package var verification: Verification?
    /// True when the server was the responder in this process.
    package var isSelfTest = false

    package init(command: [String], scenario: Scenario, seed: UInt64, servers: [ServerRounds]) {
        self.command = command
        self.scenario = scenario
        self.seed = seed
        self.servers = servers
    }

    /// Every other server in relation to the first one.
    package var ratios: [ServerRatio] {
        guard let first = servers.first else { return [] }
        return servers.dropFirst().map { ServerRatio($0, to: first) }
    }

    /// True when every answer was right and the journal holds what was acknowledged.
    package var isRight: Bool {
        (search?.isRight ?? servers.allSatisfy { $0.rounds.allSatisfy(\.isRight) }) && verification?.isRight ?? true
    }
}

/// The percentiles that reports show: the name in JSON, the words for people, the share.
package struct Percentile: Sendable {
    /// Such as `p999`.
    package let name: String
    /// Such as `p99.9`.
    package let heading: String
    /// Such as 0.999.
    package let share: Double

    /// The ones that are shown, in ascending order; the greatest value stands beside them.
    package static let all = [
        Percentile(name: "p50", heading: "p50", share: 0.5), Percentile(name: "p90", heading: "p90", share: 0.9),
        Percentile(name: "p99", heading: "p99", share: 0.99),
        Percentile(name: "p999", heading: "p99.9", share: 0.999),
        Percentile(name: "p9999", heading: "p99.99", share: 0.9999),
    ]
}
