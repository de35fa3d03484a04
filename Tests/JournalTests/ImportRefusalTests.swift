import Bytes
import Glibc
import LinuxSystem
import Simulation
import TestSupport
import Testing

@testable import Journal

@Suite("What is no segment, or not the one that it is called, is left where it is and named")
struct ImportRefusalTests {
    private let rig: ImportRig

    init() throws {
        rig = try ImportRig()
        rig.options.takesOpen = true
        rig.write(8)
        rig.copyAll()
    }

    /// Where a segment of the other node was copied to.
    private func copied(_ number: Int) -> String { "in" + rig.segments()[number].dropFirst(4) }

    private func expectNothing(_ remark: ImportRemark, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let before = Dictionary(uniqueKeysWithValues: rig.disk.paths.map { ($0, rig.disk[$0]) })
        let tally = try rig.take()
        #expect(rig.remarks == [remark], sourceLocation: sourceLocation)
        #expect(tally.takenSegments == 0, sourceLocation: sourceLocation)
        let after = Dictionary(uniqueKeysWithValues: rig.disk.paths.map { ($0, rig.disk[$0]) })
        #expect(after == before, sourceLocation: sourceLocation)
    }

    @Test("A name that is not the header's is refused, in each of its three parts")
    func misplaced() throws {
        try rig.take()
        let bytes = rig.copies[copied(0)]
        let shard = ImportRig.shard
        let name = JournalPath.segmentName(firstSequence: 0)
        for path in [
            "in/journal/\(shard.folder)/\(JournalPath.segmentName(firstSequence: 9))",
            "in/journal/\(shard.epochFolderName)/1/\(name)",
            "in/journal/\(ShardIdentity(node: 1, epoch: shard.epoch, shard: 0).folder)/\(name)",
            "in/\(name)",
        ] {
            rig.copies = SimulatedDisk()
            rig.copies[path] = bytes
            let tally = try rig.take()
            #expect(rig.remarks == [.misplaced(path: path, shard: shard, firstSequence: 0)])
            #expect(tally.refusedSegments == 1 && tally.takenSegments == 0)
            #expect("\(rig.remarks[0])".contains(shard.folder), "it says where it belongs")
        }
    }

    @Test("What would take more room than there may be is left where it is, to the byte")
    func room() throws {
        let path = copied(0)
        let bytes = UInt64(rig.copies[path].count)
        let before = rig.disk.paths
        rig.roomBytes = bytes - 1
        #expect(throws: ImportError.noRoom(path: path, bytes: bytes)) { try rig.take() }
        #expect(rig.disk.paths == before)
        // The second segment is larger.
        rig.roomBytes = bytes
        #expect(throws: ImportError.self) { try rig.take() }
        #expect(rig.disk.paths.count == before.count + 1)
        rig.roomBytes = UInt64.max
        #expect(try rig.take().takenRecords == 8 - 3)
    }

    @Test("With one good copy of the header it is taken, and both are good here")
    func oneHeader() throws {
        for place in [0, 4_096] {
            rig.disk = SimulatedDisk()
            try rig.disk.makeFolders("mine/journal")
            rig.copyAll()
            rig.copies.flip(copied(0), byte: place + 20, bit: 1)
            #expect(try rig.take().takenRecords == 8)
            #expect(rig.disk["mine" + rig.segments()[0].dropFirst(4)] == rig.peer[rig.segments()[0]])
        }
    }

    @Test func withoutAGoodHeaderItIsRefusedAndWhatIsBehindItWaits() throws {
        for place in [0, 4_096] { rig.copies.flip(copied(0), byte: place + 20, bit: 1) }
        let tally = try rig.take()
        #expect(rig.remarks == [.headerDamaged(path: copied(0)), .waits(path: copied(1), missing: 0..<3)])
        #expect(tally.refusedSegments == 1 && tally.waitingSegments == 2 && rig.disk.paths == [])
    }

    @Test func aNewerFormatIsRefused() throws {
        try rig.take()
        for place in [0, 4_096] {
            var bytes = Array(rig.copies[copied(1)][place..<place + 64])
            bytes[8] = 2
            let checksum = CRC32C.checksum(bytes.span.extracting(0..<60))
            for index in 0..<4 { bytes[60 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index))) }
            var whole = rig.copies[copied(1)]
            whole.replaceSubrange(place..<place + 64, with: bytes)
            rig.copies[copied(1)] = whole
        }
        try expectNothing(.newerFormat(path: copied(1), version: 2))
    }

    @Test func whatIsNoSegmentIsPassedOver() throws {
        try rig.take()
        let folder = "in/journal/" + ImportRig.shard.folder
        for name in ["notes.txt", "0", JournalPath.segmentName(firstSequence: 0) + ".bak", "18446744073709551615"] {
            rig.copies[folder + "/" + name] = [1, 2, 3]
            try expectNothing(.noSegment(path: folder + "/" + name))
            try rig.copies.removeFile(folder + "/" + name)
        }
        // What lies beside a journal is not looked at, and what an import left there is nobody's loss.
        rig.copies["in/keys/root.key"] = [1]
        rig.copies["in/journal/" + JournalPath.importingName] = [1]
        #expect(try rig.take().passedOverItems == 0)
    }

    @Test func ofManyFilesThatAreNoSegmentsTheFirstAreNamedAndTheRestCounted() throws {
        for number in 0..<130 { rig.copies["in/journal/file-\(number)"] = [] }
        let tally = try rig.take()
        #expect(tally.passedOverItems == 130 && tally.takenRecords == 8)
        #expect(rig.remarks.count == 101 && rig.remarks.last == .unnamed(count: 30))
    }

    @Test func anotherSegmentOfTheSameNameIsRefusedWithBothNames() throws {
        try rig.take()
        let other = SimulatedDisk(seed: 99)
        let writer = ShardWriter(shard: ImportRig.shard, journalFolder: "in/journal", storage: other)
        for index in 0..<3 { writer.append(payload(index)) }
        _ = writer.finish(nowNanoseconds: second)
        rig.copies[copied(0)] = other[copied(0)]
        let here = "mine" + rig.segments()[0].dropFirst(4)
        try expectNothing(.disagrees(path: copied(0), here: here))
        #expect("\(rig.remarks[0])".contains(here) && "\(rig.remarks[0])".contains(copied(0)))
    }

    @Test("A longer copy whose records are not those that are here is refused")
    func otherRecords() throws {
        rig.copies = SimulatedDisk()
        rig.copy(rig.segments()[0], bytes: 8_192 + 24 + payload(0).count + 5)
        #expect(try rig.take().takenRecords == 1)
        // The same header, another first record, and a good checksum: only the contents tell.
        let path = rig.segments()[0]
        var bytes = rig.peer[path]
        let record = 8_192..<8_192 + 24 + payload(0).count
        bytes[record.upperBound - 1] ^= 1
        let header = try SegmentReader(path: path, storage: rig.peer).header
        let changed = Array(bytes[record])
        let checksum = RecordLayout.checksum(of: changed.span, salt: header.salt)
        for index in 0..<4 {
            bytes[record.lowerBound + 4 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index)))
        }
        rig.copies[copied(0)] = bytes
        #expect(try readShard(ImportRig.shard, in: "in/journal", storage: rig.copies).damages == [])
        try expectNothing(.disagrees(path: copied(0), here: "mine" + path.dropFirst(4)))
    }

    @Test func behindASegmentThatCannotBeReadNothingIsPut() throws {
        rig.copies = SimulatedDisk()
        rig.copy(rig.segments()[0])
        try rig.take()
        let here = "mine" + rig.segments()[0].dropFirst(4)
        for place in [0, 4_096] { rig.disk.flip(here, byte: place + 20, bit: 1) }
        rig.copies = SimulatedDisk()
        rig.copy(rig.segments()[1])
        try expectNothing(.hereDamaged(path: copied(1), here: here))
    }

    @Test("What can't be read is named, what can is taken")
    func unreadable() throws {
        let other = ShardIdentity(node: 0xCD, epoch: 1, shard: 0)
        rig.write(3, to: other)
        rig.copyAll()
        let source = BlockedStorage(rig.copies, path: copied(1))
        let tally = try rig.take(source: source)
        #expect(tally.unreadableItems == 1 && tally.takenRecords == 6)
        #expect(rig.remarks.first == .unreadable(path: copied(1), SystemError(call: .open, errno: 13)))
        // A folder too.
        source.path = "in/journal/" + ImportRig.shard.folder
        let second = try rig.take(source: source)
        #expect(second.unreadableItems == 1 && second.takenRecords == 0 && second.hereSegments == 1)
        #expect(throws: ImportError.unreadable(SystemError(call: .open, errno: 13), path: "in")) {
            source.path = "in"
            try rig.take(source: source)
        }
    }

    @Test func aFolderWithoutAnySegmentIsSaidToHaveNone() throws {
        rig.copies = SimulatedDisk()
        rig.copies["in/journal/\(ImportRig.shard.epochFolderName)/recovered"] = []
        rig.copies["in/journal/readme"] = []
        #expect(throws: ImportError.noSegment(folder: "in")) { try rig.take() }
        // One that can't be taken is one.
        rig.copy(rig.segments()[0], bytes: 40)
        #expect(try rig.take().waitingSegments == 1)
        #expect(throws: ImportError.unreadable(.notFound(in: .opendir), path: "nowhere")) {
            try rig.take(from: "nowhere")
        }
    }

    @Test("Links are not followed, and nothing but files is opened")
    func links() throws {
        let folder = try TemporaryFolder()
        let real = folder.path + "/real"
        let node = SimulatedDisk()
        let writer = ShardWriter(shard: ImportRig.shard, journalFolder: real + "/journal")
        writer.append(payload(0))
        _ = writer.finish(nowNanoseconds: second)
        try Files.symbolicLink(to: "..", at: real + "/journal/up")
        try Files.symbolicLink(to: "../real/journal", at: real + "/journal/loop")
        var deep = real + "/journal/deep"
        for number in 0..<12 { deep += "/\(number)" }
        try Files.makeDirectories(deep)
        let listener = try ListenerSocket(listeningOn: .unix(path: real + "/journal/s"), backlog: 1, permissions: 0o600)
        var remarks: [ImportRemark] = []
        try node.makeFolders("mine/journal")
        let tally = try JournalImport(
            into: "mine/journal", options: rig.options, writes: { _ in false }, expiredBelow: { _ in 0 },
            observer: JournalImport.Observer(onRemark: { remarks.append($0) }), storage: node
        ).run(from: folder.path)
        #expect(tally.takenRecords == 1 && tally.passedOverItems == 4)
        #expect(remarks.count { if case .noFile = $0 { true } else { false } } == 3)
        #expect(remarks.contains { if case .tooDeep = $0 { true } else { false } })
        _ = consume listener
    }

    @Test("A name that is not UTF-8 is said to be that, not a file that isn't there")
    func notUTF8() throws {
        let folder = try TemporaryFolder()
        let writer = ShardWriter(shard: ImportRig.shard, journalFolder: folder.path + "/journal")
        writer.append(payload(0))
        _ = writer.finish(nowNanoseconds: second)
        let name = Array((folder.path + "/journal/caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xE9), 0]
        try #require(unsafe mkdir(name, 0o755) == 0)
        var remarks: [ImportRemark] = []
        try rig.disk.makeFolders("mine/journal")
        let tally = try JournalImport(
            into: "mine/journal", options: rig.options, writes: { _ in false }, expiredBelow: { _ in 0 },
            observer: JournalImport.Observer(onRemark: { remarks.append($0) }), storage: rig.disk
        ).run(from: folder.path)
        #expect(tally.passedOverItems == 1 && tally.unreadableItems == 0)
        let path = folder.path + "/journal/caf\u{FFFD}"
        #expect(remarks == [.nameNotUTF8(path: path)])
        #expect(remarks.first?.description.hasPrefix("\(path): its name is not UTF-8") == true)
    }

    @Test("Sequences that no counter holds are not believed")
    func greatSequences() throws {
        for sequence in [RecordHeader.sequenceLimit - 1, RecordHeader.sequenceLimit, .max] {
            rig.copies = SimulatedDisk()
            let shard = ShardIdentity(node: 5, epoch: 5, shard: 0)
            let header = SegmentHeader(
                shard: shard, firstSequence: sequence, createdNanoseconds: 1, salt: SegmentSalt(marker: 7, seed: 9))
            var bytes = ByteBuffer(capacity: 9_000)
            header.write(into: &bytes)
            let start = bytes.count
            bytes.appendLittleEndian(UInt32(7))
            bytes.appendLittleEndian(UInt32(0))
            bytes.appendLittleEndian(sequence)
            bytes.appendLittleEndian(UInt64(1) << 32)
            let record = Array(bytes.toArray()[start...])
            bytes.storeLittleEndian(RecordLayout.checksum(of: record.span, salt: header.salt), at: start + 4)
            rig.copies["in/journal/\(shard.folder)/\(JournalPath.segmentName(firstSequence: sequence))"] =
                bytes.toArray()
            rig.options.takesAsItIs = true
            guard sequence < RecordHeader.sequenceLimit else {
                #expect(throws: ImportError.noSegment(folder: "in")) { try rig.take() }
                continue
            }
            #expect(try rig.take().takenRecords == 1)
            let mine = try rig.mine(shard)
            #expect(mine.sequences == [sequence] && mine.damages.map(\.missingSequences) == [sequence])
        }
    }
}

/// A disk on which one path can't be looked at.
private final class BlockedStorage: JournalStorage, @unchecked Sendable {
    /// One thread uses it.
    var path: String
    private let disk: SimulatedDisk

    init(_ disk: SimulatedDisk, path: String) {
        self.disk = disk
        self.path = path
    }

    private func check(_ asked: String) throws(SystemError) {
        if asked == path { throw SystemError(call: .open, errno: 13) }
    }

    func makeFolders(_ path: String) throws(SystemError) { try disk.makeFolders(path) }
    func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        try disk.createFile(path, replacing: replacing)
    }
    func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        try check(path)
        return try disk.openFile(path, forWriting: forWriting)
    }
    func rename(_ path: String, to newPath: String) throws(SystemError) { try disk.rename(path, to: newPath) }
    func linkFile(_ path: String, to newPath: String) throws(SystemError) { try disk.linkFile(path, to: newPath) }
    func kind(of path: String) throws(SystemError) -> FileStatus.Kind { try disk.kind(of: path) }
    func removeFile(_ path: String) throws(SystemError) { try disk.removeFile(path) }
    func removeFolder(_ path: String) throws(SystemError) { try disk.removeFolder(path) }
    func synchronizeFolder(_ path: String) throws(SystemError) { try disk.synchronizeFolder(path) }
    func list(_ path: String) throws(SystemError) -> [String] {
        try check(path)
        return try disk.list(path)
    }
    func random() throws(SystemError) -> UInt64 { try disk.random() }
}
