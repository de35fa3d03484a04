import HTTPEngine
import Settings
import Testing

@testable import EdgeServer

@Suite("Connections leave the process the descriptors that its journal and store need")
struct ConnectionLimitTests {
    struct Row: CustomTestStringConvertible {
        let workers: Int
        let descriptorsMax: Int
        let connectionsMax: Int
        var testDescription: String { "\(workers) workers, \(descriptorsMax) descriptors" }
    }

    static let rows = [
        // Enough for everybody: the engine's own bound.
        Row(workers: 1, descriptorsMax: 1_048_576, connectionsMax: 16_384),
        Row(workers: 64, descriptorsMax: 4_000_000, connectionsMax: 16_384),
        // Less than all workers could take.
        Row(workers: 2, descriptorsMax: 20_000, connectionsMax: (20_000 - 192 - 32) / 2),
        Row(workers: 1, descriptorsMax: 1_024, connectionsMax: 1_024 - 192 - 16),
        // Hardly any: half is for connections, and nobody has none.
        Row(workers: 1, descriptorsMax: 256, connectionsMax: 128),
        Row(workers: 8, descriptorsMax: 4, connectionsMax: 1),
    ]

    @Test(arguments: rows) func theLimitOfAWorker(_ row: Row) {
        let limits = EdgeParts.limits(Configuration(), workers: row.workers, descriptorsMax: row.descriptorsMax)
        #expect(limits.connectionCountMax == row.connectionsMax)
        #expect(limits.problem == nil)
    }

    @Test func theConfiguredLengthsAreTheEngines() {
        var configuration = Configuration()
        configuration.requestLineLimit = ByteSize(bytes: 9_000)
        configuration.headLimit = ByteSize(bytes: 20_000)
        let limits = EdgeParts.limits(configuration, workers: 1, descriptorsMax: 10_000)
        #expect(limits.requestLineLimitBytes == 9_000)
        #expect(limits.headLimitBytes == 20_000)
        #expect(limits.problem == nil)
    }
}
