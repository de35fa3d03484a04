/// A number seen several times: the middle one and the ends.
package struct Spread: Equatable, Sendable {
    /// The middle one; of an even count, the mean of the two in the middle.
    package var median: Double
    /// The smallest.
    package var min: Double
    /// The greatest.
    package var max: Double

    /// The spread of some numbers; nil when there are none.
    package init?(_ values: [Double]) {
        let sorted = values.filter(\.isFinite).sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        min = first
        max = last
    }
}

/// One server's rounds.
package struct ServerRounds: Equatable, Sendable {
    /// The server.
    package var server: LoadServer
    /// Its runs, in their order.
    package var rounds: [RunFigures]

    package init(server: LoadServer, rounds: [RunFigures]) {
        self.server = server
        self.rounds = rounds
    }

    /// The median over the rounds of a figure; nil where no round has it.
    package func median(_ figure: (RunFigures) -> Double?) -> Double? {
        Spread(rounds.compactMap(figure))?.median
    }
}

/// One server's figures in relation to another's. Each ratio is made of the two runs of one round, so that what the
/// machine did meanwhile happened to both.
package struct ServerRatio: Equatable, Sendable {
    /// Whose figure stands above the line.
    package var name: String
    /// Whose figure stands below it.
    package var to: String
    /// The ratios by figure, in a fixed order; nil where a figure is not known.
    package var figures: [(name: String, spread: Spread?)] {
        [
            ("requestsPerSecond", requestsPerSecond), ("p50", p50), ("p99", p99), ("p999", p999),
            ("cpuPerRequest", processorPerRequest),
        ]
    }
    /// Right answers a second.
    package var requestsPerSecond: Spread?
    /// The latency that half of the requests don't exceed.
    package var p50: Spread?
    /// The latency that 99% don't exceed.
    package var p99: Spread?
    /// The latency that 99.9% don't exceed.
    package var p999: Spread?
    /// The server's processor time for each right answer.
    package var processorPerRequest: Spread?

    /// Compares the rounds of two servers.
    package init(_ one: ServerRounds, to other: ServerRounds) {
        name = one.server.name
        to = other.server.name
        func ratio(_ figure: (RunFigures) -> Double?) -> Spread? {
            Spread(
                zip(one.rounds, other.rounds).compactMap { above, below in
                    guard let above = figure(above), let below = figure(below), below > 0 else { return nil }
                    return above / below
                })
        }
        func latency(_ share: Double) -> Spread? {
            ratio { $0.loop.latency.count == 0 ? nil : Double($0.loop.latency.value(atShare: share)) }
        }
        requestsPerSecond = ratio { $0.requestsPerSecond }
        p50 = latency(0.5)
        p99 = latency(0.99)
        p999 = latency(0.999)
        processorPerRequest = ratio { $0.server?.processorMicrosecondsPerRequest }
    }
}

/// The order of runs when several servers are measured: every round takes each of them once (A B C, A B C), so that
/// what drifts drifts for all.
package enum Interleaving {
    /// The servers' indices in the order of their runs.
    package static func order(servers: Int, rounds: Int) -> [Int] {
        (0..<rounds).flatMap { _ in 0..<servers }
    }
}
