import Bytes
import Journal
import LinuxSystem
import Simulation
import Synchronization
import TestSupport
import Testing

@Suite("A disk that fails delays records and loses none without saying so")
struct FailingDiskTests {
    struct Failure: CustomTestStringConvertible {
        let testDescription: String
        let fault: SimulatedDisk.Fault
        /// Calls that fail in a row.
        let length: Int
    }

    static let failures: [Failure] = [
        Failure(testDescription: "no space, once", fault: .error(.noSpace(in: .pwrite)), length: 1),
        Failure(testDescription: "no space, for a while", fault: .error(.noSpace(in: .pwrite)), length: 7),
        Failure(testDescription: "no space after a part", fault: .torn(.noSpace(in: .pwrite)), length: 3),
        Failure(testDescription: "input or output error, once", fault: .error(.inputOutput(in: .pwrite)), length: 1),
        Failure(testDescription: "input or output error, twice", fault: .error(.inputOutput(in: .pwrite)), length: 2),
        Failure(
            testDescription: "input or output error, for a while", fault: .error(.inputOutput(in: .pwrite)), length: 9),
        Failure(testDescription: "half written, then an error", fault: .torn(.inputOutput(in: .pwrite)), length: 1),
        Failure(testDescription: "half written, then errors", fault: .torn(.inputOutput(in: .pwrite)), length: 4),
        Failure(testDescription: "a short write", fault: .short, length: 1),
        Failure(testDescription: "short writes", fault: .short, length: 20),
    ]

    private struct Run {
        var outcomes: [CommitOutcome] = []
        var calls = 0
    }

    /// Writes 40 events in batches of one to four, a sync after each third batch, and then lets the disk heal.
    private func run(_ disk: SimulatedDisk, _ writer: ShardWriter, _ synchronizer: JournalSynchronizer) -> Run {
        synchronizer.register(writer.segments)
        var run = Run()
        var index = 0
        var turn = 0
        while index < 40 {
            for _ in 0...(turn % 4) where index < 40 {
                writer.append(payload(index), at: UInt64(index))
                index += 1
            }
            turn += 1
            run.outcomes.append(writer.commit(nowNanoseconds: UInt64(turn) * second))
            writer.promise(nothingBefore: UInt64(index))
            if turn % 3 == 0 { synchronizer.syncNow() }
        }
        run.calls = disk.calls
        disk.heal()
        run.outcomes.append(writer.finish(nowNanoseconds: UInt64(turn + 1) * second))
        writer.promise(nothingBefore: UInt64(index))
        synchronizer.syncNow()
        return run
    }

    @Test(arguments: failures)
    func everyCallMayFail(_ failure: Failure) throws {
        var number = 0
        while true {
            let disk = SimulatedDisk()
            let writer = ShardWriter(
                shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 8_700), storage: disk)
            let synchronizer = JournalSynchronizer()
            let failing = number..<number + failure.length
            disk.plan { call, kind in
                guard failing.contains(call) else { return nil }
                if case .short = failure.fault { return kind == .write ? .short : nil }
                return failure.fault
            }
            let run = run(disk, writer, synchronizer)
            let read = try readShard(in: "j", storage: disk)
            #expect(read.payloads == payloads(40), "call \(number) failed")
            #expect(read.sequences == Array(0..<40), "call \(number) failed")
            #expect(read.damages == [], "call \(number) failed")
            #expect(run.outcomes.last == .written || run.outcomes.last == .nothing, "call \(number) failed")
            let progress = writer.progress.snapshot()
            #expect(progress.journaledRecords == 40)
            #expect(progress.waitingEvents == 0)
            #expect(progress.lostEvents == 0)
            #expect(writer.progress.readable() == (40, 40))

            // What is said to be synced survives a power cut, but for the ranges that are known not to be durable.
            let left = try readShard(in: "j", below: 40, storage: disk.afterPowerCut())
            let doubtful = Set(synchronizer.notDurableRanges.flatMap { $0.firstSequence..<$0.endSequence })
            for sequence in 0..<UInt64(40) where !doubtful.contains(sequence) {
                #expect(left.payloads[sequence] == payload(Int(sequence)), "call \(number) failed")
            }
            #expect(progress.notDurableRecords == UInt64(doubtful.count))
            if run.calls <= number { break }
            number += 1
        }
        #expect(number > 20)
    }

    @Test func theReadableEndIsDurableAtEveryRound() throws {
        let seed: UInt64 = 20
        var generator = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let disk = SimulatedDisk()
            let faults = (0..<400).map { _ in UInt8.random(in: 0...255, using: &generator) }
            disk.plan { number, _ in
                switch faults[number % faults.count] {
                case 0..<12: .error(.noSpace(in: .pwrite))
                case 12..<20: .error(.inputOutput(in: .pwrite))
                case 20..<26: .torn(.inputOutput(in: .pwrite))
                case 26..<32: .torn(.noSpace(in: .pwrite))
                case 32..<40: .short
                default: nil
                }
            }
            let writer = ShardWriter(
                shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 8_900), storage: disk)
            let synchronizer = JournalSynchronizer()
            synchronizer.register(writer.segments)
            var count = 0
            for turn in 1...60 {
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    writer.append(payload(count), at: UInt64(turn))
                    count += 1
                }
                let outcome = writer.commit(nowNanoseconds: UInt64(turn) * second)
                writer.promise(nothingBefore: UInt64(turn) + 1)
                if outcome == .written {
                    let read = try readShard(in: "j", storage: disk)
                    #expect(read.payloads == payloads(count), "seed \(seed), round \(round), turn \(turn)")
                }
                guard Bool.random(using: &generator) else { continue }
                synchronizer.syncNow()
                let (safe, next) = writer.progress.readable()
                let live = try readShard(in: "j", below: next, storage: disk)
                #expect(live.payloads == payloads(Int(next)), "seed \(seed), round \(round), turn \(turn)")
                #expect(live.damages == [], "seed \(seed), round \(round), turn \(turn)")
                #expect(safe <= UInt64(turn) + 1)
                let cut = try readShard(in: "j", below: next, storage: disk.afterPowerCut())
                let doubtful = Set(synchronizer.notDurableRanges.flatMap { $0.firstSequence..<$0.endSequence })
                #expect(
                    Set(cut.missing).isSubset(of: doubtful), "seed \(seed), round \(round), turn \(turn)")
            }
        }
    }

    @Test func aFullDiskIsAskedAgainTenTimesASecond() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        disk.plan { _, call in call == .write ? .error(.noSpace(in: .pwrite)) : nil }
        writer.append(payload(0))
        for millisecond in 0..<1_000 {
            #expect(writer.commit(nowNanoseconds: 5 * second + UInt64(millisecond) * 1_000_000) == .waiting)
        }
        #expect(writer.progress.snapshot().writeFailures == 10)
        #expect(writer.progress.snapshot().waitingEvents == 1)
        #expect(writer.progress.snapshot().isFailing)
        // A clock that is set back does not stop the retries.
        disk.heal()
        #expect(writer.commit(nowNanoseconds: 1) == .written)
        #expect(!writer.progress.snapshot().isFailing)
    }

    @Test func theLastCommitDoesNotWait() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        disk.plan { _, call in call == .write ? .error(.noSpace(in: .pwrite)) : nil }
        writer.append(payload(0))
        #expect(writer.commit(nowNanoseconds: second) == .waiting)
        disk.heal()
        #expect(writer.commit(nowNanoseconds: second + 1) == .waiting)
        #expect(writer.finish(nowNanoseconds: second + 2) == .written)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(1))
    }

    @Test func whatFindsNoRoomIsCountedAndTold() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(waitingLimitBytes: 0), storage: disk)
        disk.plan { _, call in call == .write ? .error(.noSpace(in: .pwrite)) : nil }
        let event = [UInt8](repeating: 7, count: 1_000)
        var kept: UInt64 = 0
        while writer.append(event, at: kept) { kept += 1 }
        #expect(kept > 100)
        writer.countLost(atNanoseconds: 500)
        writer.countLost(atNanoseconds: 700)
        writer.countLost(atNanoseconds: 600)
        #expect(writer.commit(nowNanoseconds: second) == .waiting)
        #expect(writer.progress.snapshot().waitingEvents == kept)
        #expect(writer.progress.snapshot().lostEvents == 3)
        disk.heal()
        #expect(writer.commit(nowNanoseconds: 2 * second) == .written)
        let read = try readShard(in: "j", storage: disk)
        #expect(read.payloads.count == Int(kept))
        #expect(read.gaps == [Gap(lostEvents: 3, firstNanoseconds: 500, lastNanoseconds: 700)])
        #expect(read.sequences == Array(0...kept))
        #expect(writer.progress.snapshot().journaledRecords == kept)
        #expect(writer.progress.snapshot().waitingEvents == 0)
        #expect(writer.commit(nowNanoseconds: 3 * second) == .nothing)
    }

    @Test func anotherErrorThanNoSpaceLeavesTheFile() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(payload(0))
        _ = writer.commit(nowNanoseconds: second)
        writer.append(payload(1))
        disk.plan { number, _ in number == 0 ? .torn(.inputOutput(in: .pwrite)) : nil }
        #expect(writer.commit(nowNanoseconds: 2 * second) == .written)
        #expect(disk.paths.count == 2)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(2))
        #expect(writer.progress.snapshot().writeFailures == 1)
    }

    @Test func recordsThatLandedInAFileThatCouldNotBeCutAreReadOnce() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(payload(0))
        _ = writer.commit(nowNanoseconds: second)
        for index in 1..<9 { writer.append(payload(index)) }
        disk.plan { number, _ in
            number == 0 ? .torn(.inputOutput(in: .pwrite)) : number == 1 ? .error(.inputOutput(in: .ftruncate)) : nil
        }
        #expect(writer.commit(nowNanoseconds: 2 * second) == .written)
        let first = try #require(disk.paths.first)
        let old = try SegmentReader(path: first, storage: disk)
        var inOld = 0
        while case .record = try old.next() { inOld += 1 }
        #expect(inOld > 1)
        let read = try readShard(in: "j", storage: disk)
        #expect(read.payloads == payloads(9))
        #expect(read.sequences == Array(0..<9))
        #expect(read.damages == [])
    }

    @Test func aFailedSyncIsFinalForItsFile() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        let synchronizer = JournalSynchronizer()
        synchronizer.register(writer.segments)
        writer.append(payload(0))
        _ = writer.commit(nowNanoseconds: second)
        synchronizer.syncNow()
        writer.append(payload(1))
        _ = writer.commit(nowNanoseconds: second)
        disk.plan { number, call in number == 0 && call == .synchronize ? .error(.inputOutput(in: .fdatasync)) : nil }
        synchronizer.syncNow()
        #expect(writer.progress.readable().nextSequence == 2)
        #expect(synchronizer.notDurableRanges == [range(1, 2)])
        synchronizer.syncNow()
        #expect(writer.progress.snapshot().syncFailures == 1)

        writer.append(payload(2))
        #expect(writer.commit(nowNanoseconds: second) == .written)
        #expect(disk.paths.count == 2)
        synchronizer.syncNow()
        #expect(synchronizer.notDurableRanges == [range(1, 2)])
        #expect(writer.progress.snapshot().notDurableRecords == 1)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(3))
        #expect(try readShard(in: "j", below: 3, storage: disk.afterPowerCut()).missing == [1])
    }

    @Test func aNameThatIsNotDurableMakesNoRecordSo() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        let synchronizer = JournalSynchronizer()
        synchronizer.register(writer.segments)
        writer.append(payload(0))
        _ = writer.commit(nowNanoseconds: second)
        disk.plan { _, call in call == .synchronizeFolder ? .error(.inputOutput(in: .fsync)) : nil }
        synchronizer.syncNow()
        #expect(synchronizer.notDurableRanges == [range(0, 1)])
    }

    @Test func withDiskDurabilityABatchIsSyncedWhenItIsAcknowledged() throws {
        for failing in 0..<8 {
            let disk = SimulatedDisk()
            disk.plan { number, call in
                call == .synchronize && number % 8 == failing ? .error(.inputOutput(in: .fdatasync)) : nil
            }
            let writer = ShardWriter(
                shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 8_500),
                durability: .disk, storage: disk)
            for index in 0..<30 {
                writer.append(payload(index))
                let outcome = writer.commit(nowNanoseconds: second)
                let left = try readShard(in: "j", storage: disk.afterPowerCut())
                if outcome == .written {
                    #expect(left.payloads[UInt64(index)] == payload(index), "event \(index), fault \(failing)")
                } else {
                    #expect(outcome == .notDurable)
                    #expect(left.payloads[UInt64(index)] == nil, "event \(index), fault \(failing)")
                }
            }
            #expect(try readShard(in: "j", storage: disk).payloads == payloads(30))
        }
    }

    @Test("What became of a batch is not hidden by what became of the gap behind it")
    func gapBehindWhatIsNotDurable() throws {
        let disk = SimulatedDisk()
        let failures = Atomic(0)
        disk.plan { _, call in
            guard call == .synchronize, failures.add(1, ordering: .relaxed).oldValue == 0 else { return nil }
            return .error(.inputOutput(in: .fdatasync))
        }
        let writer = ShardWriter(shard: testShard, journalFolder: "j", durability: .disk, storage: disk)
        writer.append(payload(0))
        writer.countLost(atNanoseconds: second)
        #expect(writer.commit(nowNanoseconds: second) == .notDurable)
        #expect(try readShard(in: "j", storage: disk.afterPowerCut()).payloads[0] == nil)
        writer.append(payload(2))
        #expect(writer.commit(nowNanoseconds: second) == .written)
        #expect(try readShard(in: "j", storage: disk.afterPowerCut()).payloads[2] == payload(2))
    }

    private func range(_ first: UInt64, _ end: UInt64) -> NotDurableRange {
        NotDurableRange(shard: testShard, firstSequence: first, endSequence: end)
    }

    @Test("A folder that can't be opened for its sync is tried again: nothing was dropped, and nothing is shown before")
    func noDescriptor() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        let synchronizer = JournalSynchronizer()
        synchronizer.register(writer.segments)
        writer.append(payload(0), at: 0)
        #expect(writer.commit(nowNanoseconds: second) == .written)
        disk.plan { _, call in call == .synchronizeFolder ? .error(SystemError(call: .open, errno: 24)) : nil }
        synchronizer.syncNow()
        #expect(writer.progress.readable().nextSequence == 0)
        disk.heal()
        synchronizer.syncNow()
        #expect(writer.progress.readable().nextSequence == 1)
        #expect(synchronizer.notDurableRanges == [] && writer.progress.snapshot().notDurableRecords == 0)
        #expect(try readShard(in: "j", storage: disk.afterPowerCut()).payloads == payloads(1))
    }
}
