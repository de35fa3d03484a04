import Simulation
import Journal
import LinuxSystem
import Testing

@Suite("A record that is taken back is nowhere, and one that can't be is written once")
struct WithdrawTests {
    /// Faults of a record's write, for every call from one on that may fail.
    @Test(arguments: FailingDiskTests.failures)
    func everyCallMayFail(_ failure: FailingDiskTests.Failure) throws {
        var withdrawn = 0
        for waiting in 0...2 {
            for first in 0..<14 {
                let disk = SimulatedDisk()
                let writer = ShardWriter(
                    shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 8_400), storage: disk)
                for index in 0..<4 { writer.append(payload(index)) }
                _ = writer.commit(nowNanoseconds: second)
                disk.plan { number, _ in
                    number >= first && number < first + failure.length ? failure.fault : nil
                }
                // Others that wait before it, each with a failed try of its own.
                var expected = payloads(4)
                for index in 0..<waiting {
                    expected[UInt64(4 + index)] = payload(4 + index)
                    writer.append(payload(4 + index))
                    _ = writer.commit(nowNanoseconds: UInt64(2 + index) * second)
                }
                let sequence = UInt64(4 + waiting)
                let fact = [UInt8](repeating: 0xFA, count: 300)
                writer.append(fact, at: 7 * second)
                _ = writer.commit(nowNanoseconds: 6 * second)
                let place = "\(waiting) waiting, call \(first)"
                if writer.withdraw(sequence) {
                    withdrawn += 1
                    // Whoever reads what a kill would leave now finds nothing of it.
                    #expect(try !readShard(in: "j", storage: disk).payloads.values.contains(fact), "\(place)")
                    expected[sequence] = payload(Int(sequence) + 40)
                    writer.append(payload(Int(sequence) + 40))
                    #expect(!writer.withdraw(sequence + 1) && !writer.withdraw(0), "\(place)")
                } else {
                    expected[sequence] = fact
                }
                disk.heal()
                #expect(writer.finish(nowNanoseconds: 9 * second) != .waiting, "\(place)")
                #expect(!writer.withdraw(sequence), "\(place)")
                let read = try readShard(in: "j", storage: disk)
                #expect(read.payloads == expected, "\(place)")
                #expect(read.damages == [], "\(place)")
                let progress = writer.progress.snapshot()
                #expect(progress.waitingEvents == 0 && progress.journaledRecords == UInt64(expected.count), "\(place)")
            }
        }
        if failure.length > 2 { #expect(withdrawn > 0 || failure.fault == .short) }
    }

    @Test("What is taken back holds no window open")
    func promise() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        disk.plan { _, call in call == .create ? .error(.noSpace(in: .open)) : nil }
        writer.append(payload(0), at: 5)
        #expect(writer.commit(nowNanoseconds: second) == .waiting)
        #expect(writer.withdraw(0) && !writer.isWritten(0))
        writer.promise(nothingBefore: 9)
        let progress = writer.progress.snapshot()
        #expect(progress.holdsNothingBeforeNanoseconds == 9 && progress.waitingEvents == 0)
    }

    @Test("What may stand in a file that can't be cut stays, and is read once")
    func uncut() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(payload(0))
        _ = writer.commit(nowNanoseconds: second)
        // The whole of it lands, the call fails, the file can't be cut, and no other can be made.
        disk.plan { _, call in
            switch call {
            case .write: .torn(.inputOutput(in: .pwrite))
            case .truncate, .create: .error(.inputOutput(in: .ftruncate))
            default: nil
            }
        }
        writer.append(payload(1))
        #expect(writer.commit(nowNanoseconds: 2 * second) == .waiting)
        #expect(!writer.withdraw(1))
        writer.append(payload(2))
        #expect(writer.commit(nowNanoseconds: 3 * second) == .waiting)
        #expect(writer.withdraw(2), "it came after: it is in no file")
        disk.heal()
        #expect(writer.commit(nowNanoseconds: 4 * second) == .written)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(2))
    }
}
