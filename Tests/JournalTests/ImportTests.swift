import LinuxSystem
import Simulation
import TestSupport
import Testing

@testable import Journal

@Suite("Segments of another journal are taken in once, however often, in whatever order and how half they come")
struct ImportTests {
    private let rig: ImportRig

    init() throws {
        rig = try ImportRig()
        rig.options.takesOpen = true
    }

    @Test func aJournalIsTakenAsItIsAndASecondTimeNothingIs() throws {
        rig.write(20)
        rig.write(5, to: ShardIdentity(node: 0xAB, epoch: ImportRig.shard.epoch, shard: ShardIdentity.adminShard))
        rig.copyAll()
        let segments = UInt64(rig.copies.paths.count)
        #expect(segments > 5)
        let first = try rig.take()
        #expect(first.takenSegments == segments && first.takenRecords == 25 && first.takenEvents == 25)
        #expect(rig.remarks == [])
        for path in rig.peer.paths {
            #expect(rig.disk["mine" + path.dropFirst(4)] == rig.peer[path], "\(path)")
        }
        // It is durable, and nothing else is left.
        #expect(rig.disk.paths.count == rig.peer.paths.count)
        #expect(try rig.mineAfterPowerCut() == rig.theirs())
        let calls = rig.disk.calls
        let again = try rig.take()
        #expect(again.hereSegments == segments && again.takenSegments == 0 && again.takenRecords == 0)
        // Nothing but the folders' syncs.
        #expect(rig.disk.calls - calls == 6)
        #expect(rig.progress.last?.0 == rig.progress.last?.1 && rig.progress.isEmpty == false)
    }

    @Test(
        "Any folder on the way to a segment may be given",
        arguments: ["in", "in/journal", "in/journal/E", "in/journal/E/0", "", "in/more"])
    func folders(_ named: String) throws {
        rig.write(7)
        rig.copyAll(to: named == "in/more" ? "in/more/and/more/data" : "in")
        let folder = named.replacing("E", with: ImportRig.shard.epochFolderName)
        if named == "" {
            rig.copyAll(to: "above/in")
            #expect(try rig.take(from: "above").takenRecords == 7)
        } else {
            #expect(try rig.take(from: folder).takenRecords == 7)
        }
        #expect(try rig.mine() == rig.theirs())
    }

    @Test("Cut at any byte, a segment gives the records that are whole, and the rest when it comes")
    func halfCopies() throws {
        rig.write(8)
        let paths = rig.segments()
        #expect(paths.count >= 3)
        let whole = try rig.theirs()
        let (first, second) = (paths[0], paths[1])
        for length in placesBeforeRecords + Array(8_192...rig.peer[first].count) {
            rig.copies = SimulatedDisk()
            rig.disk = SimulatedDisk()
            try rig.disk.makeFolders("mine/journal")
            rig.copyAll()
            rig.copy(first, bytes: length)
            let tally = try rig.take()
            let mine = try rig.mine()
            #expect(mine.damages == [], "cut at \(length)")
            if length == rig.peer[first].count {
                #expect(mine == whole)
                continue
            }
            let ends = (1...3).map { count in 8_192 + (0..<count).reduce(0) { $0 + 24 + payload($1).count } }
            #expect(mine.sequences == Array(0..<UInt64(ends.count { $0 <= length })), "cut at \(length)")
            // What comes behind the cut waits, and one line says so.
            let others = UInt64(paths.count - 1)
            #expect(tally.waitingSegments == others + (length < 64 ? 1 : 0), "cut at \(length)")
            let missing = UInt64(mine.sequences.count)..<UInt64(3)
            let waits = ImportRemark.waits(path: "in" + second.dropFirst(4), missing: missing)
            #expect("\(waits)".contains("neither here nor in the folder") && "\(waits)".contains("--as-is takes"))
            #expect(rig.remarks.contains(waits), "cut at \(length)")
            #expect(rig.disk.paths.allSatisfy { $0.hasSuffix("/" + JournalPath.segmentName(firstSequence: 0)) })

            rig.copy(first)
            let rest = try rig.take()
            #expect(rig.remarks == [] && rest.waitingSegments == 0, "cut at \(length)")
            #expect(try rig.mine() == whole, "cut at \(length)")
            let again = try rig.take()
            #expect(again.takenSegments == 0 && again.hereSegments == UInt64(paths.count), "cut at \(length)")
        }
    }

    @Test func whatComesBeforeItsTurnWaits() throws {
        rig.write(12)
        let paths = rig.segments()
        for path in paths.dropFirst().reversed() {
            rig.copy(path)
            #expect(try rig.take().takenSegments == 0)
            #expect(rig.disk.paths == [])
        }
        rig.copy(paths[0])
        #expect(try rig.take().takenSegments == UInt64(paths.count))
        #expect(try rig.mine() == rig.theirs())
    }

    @Test("Damage in the middle of a segment comes with it, at every byte")
    func damage() throws {
        rig.write(8)
        let path = rig.segments()[0]
        let bytes = rig.peer[path]
        for offset in 8_192..<bytes.count - 24 - payload(2).count {
            rig.copies = SimulatedDisk()
            rig.disk = SimulatedDisk()
            try rig.disk.makeFolders("mine/journal")
            rig.copyAll()
            rig.copies.flip("in" + path.dropFirst(4), byte: offset, bit: offset % 8)
            let theirs = try readShard(ImportRig.shard, in: "in/journal", storage: rig.copies)
            #expect(theirs.missing.count == 1)
            let tally = try rig.take()
            #expect(tally.damagedRecords == 1 && rig.remarks.count == 1, "byte \(offset)")
            let mine = try rig.mine()
            #expect(mine.payloads == theirs.payloads && mine.missing == theirs.missing, "byte \(offset)")
        }
    }

    @Test(
        "A last record that was damaged here comes again with its segment, at every byte, and what lies behind it too")
    func damagedHere() throws {
        rig.write(8)
        rig.options.takesOpen = true
        let path = rig.segments()[0]
        for offset in rig.peer[path].count - 24 - payload(2).count..<rig.peer[path].count {
            rig.copies = SimulatedDisk()
            rig.disk = SimulatedDisk()
            try rig.disk.makeFolders("mine/journal")
            rig.copy(path)
            #expect(try rig.take().takenRecords == 3)
            rig.disk.flip("mine" + path.dropFirst(4), byte: offset, bit: offset % 8)
            rig.copyAll()
            let tally = try rig.take()
            #expect(tally.waitingSegments == 0 && tally.takenRecords == 1 + 5, "byte \(offset)")
            #expect(try rig.mine() == rig.theirs(), "byte \(offset)")
        }
    }

    @Test("What is damaged at a segment's end waits: nobody can tell it from a copy that is not whole yet")
    func damagedEnd() throws {
        rig.write(8)
        rig.copyAll()
        let path = "in" + rig.segments()[0].dropFirst(4)
        rig.copies.flip(path, byte: rig.copies[path].count - 1, bit: 0)
        #expect(try rig.take().waitingSegments == 2)
        #expect(try rig.mine().sequences == [0, 1])
        rig.options.takesAsItIs = true
        #expect(try rig.take().takenSegments == 2)
        let mine = try rig.mine()
        #expect(mine.missing == [2] && mine.sequences == [0, 1, 3, 4, 5, 6, 7])
    }

    @Test func aHoleIsTakenOnlyWhenItIsAskedForAndIsFilledWhenItsRecordsCome() throws {
        rig.write(12)
        let paths = rig.segments()
        rig.copy(paths[0])
        rig.copy(paths[2])
        rig.copy(paths[3])
        rig.options.takesAsItIs = true
        #expect(try rig.take().takenSegments == 3)
        #expect(try rig.mine().missing == [3, 4, 5])
        rig.copyAll()
        rig.options.takesAsItIs = false
        let tally = try rig.take()
        #expect(tally.takenSegments == 1 && tally.hereSegments == UInt64(paths.count - 1))
        #expect(try rig.mine() == rig.theirs())
    }

    @Test func whatWasLostAtTheBeginningComesBackFromACopyUnlessItHasExpired() throws {
        rig.write(12)
        rig.copyAll()
        #expect(try rig.take().takenRecords == 12)
        let gone = rig.segments().prefix(2).map { "mine" + $0.dropFirst(4) }
        for path in gone { try rig.disk.removeFile(path) }
        rig.expiredBelow = 6
        #expect(try rig.take().takenSegments == 0)
        rig.expiredBelow = 4
        #expect(try rig.take().takenRecords == 2)
        rig.expiredBelow = 0
        #expect(try rig.take().takenRecords == 4)
        #expect(try rig.mine() == rig.theirs())
        // A shard of which nothing is left goes on where it has expired.
        for path in rig.disk.paths { try rig.disk.removeFile(path) }
        rig.expiredBelow = 6
        #expect(try rig.take().takenRecords == 6)
        #expect(try rig.mine().sequences == [6, 7, 8, 9, 10, 11])
    }

    @Test(
        "The last segment is open until its node says that it isn't, has begun another epoch, or runs no more",
        arguments: ["ended", "interrupted", "recovered"])
    func open(_ end: String) throws {
        rig.options.takesOpen = false
        rig.write(5)
        rig.copyAll()
        let tally = try rig.take()
        #expect(tally.takenRecords == 3 && tally.openSegments == 1 && rig.remarks == [])
        let epochFolder = "in/journal/\(ImportRig.shard.epochFolderName)"
        rig.copies[epochFolder + "/" + end] = []
        #expect(try rig.take().takenRecords == 2)

        let later = ShardIdentity(node: 0xAB, epoch: ImportRig.shard.epoch + 1, shard: 0)
        rig.write(4, to: later)
        rig.copyAll()
        #expect(try rig.take().openSegments == 1)
        let newest = ShardIdentity(node: 0xAB, epoch: later.epoch + 1, shard: 0)
        rig.write(1, to: newest)
        rig.copyAll()
        let third = try rig.take()
        #expect(third.openSegments == 1 && third.takenRecords == 1)
        // Another node's epochs say nothing.
        rig.write(1, to: ShardIdentity(node: 0xCD, epoch: newest.epoch + 1, shard: 0))
        rig.copyAll()
        #expect(try rig.take().openSegments == 2)
        rig.options.takesOpen = true
        #expect(try rig.take().takenRecords == 2)
        for shard in [ImportRig.shard, later, newest] { #expect(try rig.mine(shard) == rig.theirs(shard)) }
    }

    @Test func anOpenSegmentThatWasTakenGrowsByFurtherOnes() throws {
        rig.write(9, perSegment: 9)
        let path = try #require(rig.segments().first)
        let bytes = rig.peer[path].count
        var length = 8_192
        while length < bytes {
            length = min(bytes, length + 50)
            rig.copy(path, bytes: length)
            try rig.take()
            #expect(try rig.mine().damages == [])
        }
        #expect(rig.disk.paths.count > 3)
        #expect(try rig.mine() == rig.theirs())
    }

    @Test func nothingIsPutBehindAShardThatIsBeingWrittenHere() throws {
        rig.write(8)
        rig.copyAll()
        rig.writtenEpoch = ImportRig.shard.epoch
        let tally = try rig.take()
        #expect(tally.takenSegments == 0 && tally.hereSegments == 3 && rig.disk.paths == [])
    }

    @Test func aJournalGivenToItselfStaysAsItIs() throws {
        rig.write(8)
        rig.copyAll()
        rig.copy(rig.segments()[0], bytes: 8_300)
        try rig.take()
        rig.copyAll()
        try rig.take()
        let before = Dictionary(uniqueKeysWithValues: rig.disk.paths.map { ($0, rig.disk[$0]) })
        let tally = try rig.take(from: "mine", source: rig.disk)
        #expect(tally.takenSegments == 0 && tally.hereSegments == UInt64(before.count) && rig.remarks == [])
        #expect(Dictionary(uniqueKeysWithValues: rig.disk.paths.map { ($0, rig.disk[$0]) }) == before)
    }

    @Test("What was imported can be imported from there, however it was split")
    func chain() throws {
        rig.write(9)
        for length in [8_200, 8_250, 8_330, .max] {
            for path in rig.segments() { rig.copy(path, bytes: length) }
            try rig.take()
        }
        let third = SimulatedDisk()
        try third.makeFolders("third/journal")
        func takeIntoThird(from folder: String, on source: SimulatedDisk) throws -> ImportTally {
            try JournalImport(
                into: "third/journal", options: rig.options, writes: { _ in false }, expiredBelow: { _ in 0 },
                observer: JournalImport.Observer(onRemark: { Issue.record("\($0)") }), storage: third, source: source
            ).run(from: folder)
        }
        let direct = SimulatedDisk()
        direct["some/journal/" + ImportRig.shard.folder + "/" + JournalPath.segmentName(firstSequence: 0)] =
            Array(rig.peer[rig.segments()[0]].prefix(8_300))
        #expect(try takeIntoThird(from: "some", on: direct).takenSegments == 1)
        #expect(try takeIntoThird(from: "mine", on: rig.disk).takenRecords > 0)
        #expect(try readShard(ImportRig.shard, in: "third/journal", storage: third) == rig.theirs())
        #expect(try takeIntoThird(from: "peer", on: rig.peer).takenRecords == 0)
    }

    @Test func twoCopiesOfOneSegmentCountOnce() throws {
        rig.write(8)
        rig.copyAll(to: "in/a")
        rig.copyAll(to: "in/b")
        rig.copy(rig.segments()[0], bytes: 8_300, to: "in/a")
        let tally = try rig.take()
        #expect(tally.takenSegments == 3 && tally.hereSegments == 3 && tally.takenRecords == 8)
        #expect(rig.disk.paths.count == 3)
        #expect(try rig.mine() == rig.theirs())
    }
}
