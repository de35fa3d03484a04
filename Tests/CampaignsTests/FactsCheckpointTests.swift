import Journal
import LinuxSystem
import TestSupport
import Testing

@testable import Campaigns

@Suite("How far facts have travelled is kept in a file that shows damage")
struct FactsCheckpointTests {
    private static let checkpoint: FactsCheckpoint = {
        var checkpoint = FactsCheckpoint()
        for number: UInt64 in 1...3 {
            let shard = ShardIdentity(node: .max - number, epoch: number << 16, shard: ShardIdentity.adminShard)
            checkpoint.pushed[shard] = FactsCheckpoint.Pushed(next: number * 10, count: number)
            checkpoint.forgotten[shard] = number
        }
        return checkpoint
    }()

    @Test("It is read as it was written, and where there is none nothing has travelled")
    func file() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/facts"
        #expect(try FactsCheckpoint.read(path) == FactsCheckpoint())
        for checkpoint in [Self.checkpoint, FactsCheckpoint()] {
            try checkpoint.write(path)
            #expect(try FactsCheckpoint.read(path) == checkpoint)
        }
    }

    @Test("Cut or changed anywhere it is told to be damaged")
    func damage() {
        let text = Self.checkpoint.text
        for place in text.indices {
            #expect(FactsCheckpoint(text: Array(text[..<place])) == nil, "cut at \(place)")
            var changed = text
            changed[place] ^= 1
            #expect(FactsCheckpoint(text: changed) == nil, "changed at \(place)")
        }
    }

    @Test("A chain ends where a record before it is not there")
    func chains() {
        func fact(_ sequence: UInt64, follows: UInt64) -> FleetFact {
            FleetFact(
                ShardCopy.Record(sequence: sequence, kind: .name, version: 1, payload: []), follows: follows)
        }
        let facts = [fact(0, follows: 0), fact(1, follows: 1), fact(5, follows: 2), fact(7, follows: 7)]
        #expect(facts.chain(from: 0).map(\.sequence) == [0, 1, 5])
        #expect(facts.chain(from: 1).map(\.sequence) == [1, 5])
        #expect(facts.chain(from: 2).map(\.sequence) == [5])
        #expect(facts.chain(from: 7).map(\.sequence) == [7])
        #expect(facts.chain(from: 9).isEmpty && [FleetFact]().chain(from: 0).isEmpty)
        #expect([fact(3, follows: 2)].chain(from: 1).isEmpty)
    }
}
