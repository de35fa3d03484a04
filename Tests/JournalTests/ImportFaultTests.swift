import LinuxSystem
import Simulation
import Synchronization
import TestSupport
import Testing

@testable import Journal

@Suite("An import that fails or is killed anywhere leaves whole records, and the next one goes on")
struct ImportFaultTests {
    private static let faults: [SimulatedDisk.Fault] = [
        .error(.noSpace(in: .pwrite)), .error(.inputOutput(in: .pwrite)), .torn(.noSpace(in: .pwrite)), .short,
    ]

    private func rig() throws -> ImportRig {
        let rig = try ImportRig()
        rig.options.takesOpen = true
        rig.write(8)
        rig.copyAll()
        rig.copy(rig.segments()[0], bytes: 8_192 + 24 + payload(0).count + 7)
        try rig.take()
        rig.copyAll()
        return rig
    }

    @Test("The Nth call fails, for every N", arguments: faults)
    func failingCall(_ fault: SimulatedDisk.Fault) throws {
        for number in 0... {
            let rig = try rig()
            let whole = try rig.theirs()
            let hit = Mutex(false)
            rig.disk.plan { call, _ in
                guard call == number else { return nil }
                hit.withLock { $0 = true }
                return fault
            }
            do {
                try rig.take()
            } catch let error as ImportError {
                guard case .journal(.system(let reason, let path)) = error else {
                    Issue.record("\(error) at call \(number)")
                    continue
                }
                #expect(reason.isNoSpace || reason.isInputOutput)
                #expect(path.hasPrefix("mine/journal"))
            }
            guard hit.withLock({ $0 }) else {
                #expect(number > 10)
                return
            }
            // Unless it was the removing itself that failed, nothing is left that is no segment.
            #expect(!rig.disk.paths.contains("mine/journal/importing"), "call \(number)")
            for found in [try rig.mine(), try rig.mineAfterPowerCut()] {
                #expect(found.damages == [], "call \(number)")
                #expect(found.sequences == Array(0..<UInt64(found.sequences.count)) && !found.sequences.isEmpty)
                #expect(found.payloads.allSatisfy { whole.payloads[$0.key] == $0.value })
            }
            rig.disk.heal()
            try rig.take()
            #expect(try rig.mine() == whole, "call \(number)")
            #expect(try rig.mineAfterPowerCut() == whole, "call \(number)")
        }
    }

    @Test("A power cut before any call leaves a beginning without damage, and the next import brings the rest")
    func powerCut() throws {
        for number in 0... {
            for seed in 0..<3 as Range<UInt64> {
                let rig = try rig()
                let whole = try rig.theirs()
                let left = Mutex<SimulatedDisk?>(nil)
                let disk = rig.disk
                disk.plan { call, _ in
                    guard call == number else { return nil }
                    var random = SeededGenerator(seed: seed)
                    left.withLock { $0 = disk.afterPowerCut(&random) }
                    return .error(.inputOutput(in: .pwrite))
                }
                _ = try? rig.take()
                guard let after = left.withLock({ $0 }) else {
                    #expect(number > 10)
                    return
                }
                rig.disk = after
                let found = try rig.mine()
                #expect(found.damages == [] && found.sequences.first == 0, "call \(number), seed \(seed)")
                #expect(found.sequences == Array(0..<UInt64(found.sequences.count)), "call \(number), seed \(seed)")
                try rig.take()
                #expect(try rig.mineAfterPowerCut() == whole, "call \(number), seed \(seed)")
            }
        }
    }

    @Test("A source that fails at the Nth call costs what is behind it until the next time")
    func failingSource() throws {
        for number in 0... {
            let rig = try rig()
            let whole = try rig.theirs()
            let calls = Mutex(0)
            rig.copies.planReading { call in
                guard call == .open || call == .read else { return nil }
                let asked = calls.withLock { calls in
                    defer { calls += 1 }
                    return calls
                }
                return asked == number ? .error(.inputOutput(in: .pread)) : nil
            }
            let tally: ImportTally
            do {
                tally = try rig.take()
            } catch {
                // The folder itself.
                #expect(error as? ImportError == .unreadable(.inputOutput(in: .pread), path: "in"))
                continue
            }
            guard calls.withLock({ $0 }) > number else {
                #expect(number > 10)
                return
            }
            // What stands at `journal` is asked for once more when the first answer was none.
            #expect(tally.unreadableItems == (number == 0 ? 0 : 1), "call \(number)")
            #expect(try rig.mine().damages == [], "call \(number)")
            rig.copies.heal()
            try rig.take()
            #expect(try rig.mine() == whole, "call \(number)")
        }
    }

    @Test("It ends when it is told to, at every moment at which it asks")
    func stopped() throws {
        for number in 0... {
            let rig = try rig()
            let whole = try rig.theirs()
            let asked = Mutex(0)
            rig.isStopped = {
                asked.withLock { asked in
                    asked += 1
                    return asked > number
                }
            }
            do {
                try rig.take()
                #expect(number > 10)
                #expect(try rig.mine() == whole)
                return
            } catch let error as ImportError {
                #expect(error == .stopped)
            }
            #expect(try rig.mine().damages == [])
            #expect(!rig.disk.paths.contains("mine/journal/importing"))
            rig.isStopped = { false }
            try rig.take()
            #expect(try rig.mine() == whole)
        }
    }

    @Test("A file that grows, shrinks or changes while it is copied is left for later or taken as far as it was read")
    func changing() throws {
        for change in 0..<3 {
            for number in 0..<12 {
                let rig = try rig()
                let whole = try rig.theirs()
                let path = "in" + rig.segments()[1].dropFirst(4)
                let copies = rig.copies
                let reads = Mutex(0)
                copies.planReading { call in
                    guard call == .read else { return nil }
                    let read = reads.withLock { reads in
                        defer { reads += 1 }
                        return reads
                    }
                    guard read == number else { return nil }
                    switch change {
                    case 0: copies[path].removeLast(30)
                    case 1: copies[path] += [1, 2, 3]
                    default: copies.flip(path, byte: copies[path].count - 5, bit: 3)
                    }
                    return nil
                }
                try rig.take()
                #expect(try rig.mine().damages == [], "change \(change), read \(number)")
                copies.heal()
                rig.copyAll()
                try rig.take()
                #expect(try rig.mine() == whole, "change \(change), read \(number)")
            }
        }
    }

    @Test(
        "Random parts of copies in random orders come to the source's records, and a follower finds each of them once")
    func property() throws {
        let seed: UInt64 = 2_026
        var random = SeededGenerator(seed: seed)
        for round in 0..<120 {
            let rig = try ImportRig()
            rig.options.takesOpen = true
            rig.write(Int.random(in: 1...14, using: &random), perSegment: Int.random(in: 1...5, using: &random))
            let paths = rig.segments()
            let whole = try rig.theirs()
            let follower = ShardReader(shard: ImportRig.shard, journalFolder: "mine/journal", storage: rig.disk)
            var followed = ReadShard()
            // Others look at the journal in the middle of the import's work.
            let once = Mutex(false)
            func follow() {
                guard let found = try? read(follower) else { return }
                followed.sequences += found.sequences
                followed.damages += found.damages
            }
            rig.isStopped = {
                if once.withLock({ $0 }) { follow() }
                return false
            }
            once.withLock { $0 = true }
            var isComplete = false
            while !isComplete {
                isComplete = Int.random(in: 0..<6, using: &random) == 0
                if isComplete { rig.copies = SimulatedDisk() }
                for path in paths {
                    let bytes = rig.peer[path].count
                    let length =
                        isComplete || Bool.random(using: &random)
                        ? bytes : Int.random(in: 0..<bytes, using: &random)
                    let place = ["in/a", "in/b/c"][Int.random(in: 0...1, using: &random)]
                    if isComplete || Bool.random(using: &random) { rig.copy(path, bytes: length, to: place) }
                }
                do {
                    try rig.take()
                } catch {
                    #expect(error as? ImportError == .noSegment(folder: "in") || rig.copies.paths.isEmpty)
                }
                follow()
            }
            #expect(try rig.mine() == whole, "seed \(seed), round \(round)")
            #expect(followed.sequences == whole.sequences && followed.damages == [], "seed \(seed), round \(round)")
        }
    }
}
