import Bytes
import LinuxSystem
import TestSupport
import Testing

@testable import Journal

@Suite("Records of another node are put behind those that are here, under their own identity")
struct ShardCopyTests {
    private let folder: TemporaryFolder
    private let shard = ShardIdentity(node: 8, epoch: 3 << 16, shard: ShardIdentity.adminShard)

    init() throws {
        folder = try TemporaryFolder()
    }

    private var journal: String { folder.path + "/journal" }

    private func open(_ limits: JournalLimits = JournalLimits()) throws -> ShardCopy {
        try ShardCopy(shard, journalFolder: journal, limits: limits)
    }

    private static func record(_ sequence: UInt64, bytes: Int = 20) -> ShardCopy.Record {
        ShardCopy.Record(
            sequence: sequence, kind: .name, version: UInt8(1 + sequence % 3),
            payload: (0..<bytes).map { UInt8(truncatingIfNeeded: Int(sequence) &* 31 &+ $0) })
    }

    private static func records(_ range: Range<UInt64>, bytes: Int = 20) -> [ShardCopy.Record] {
        range.map { record($0, bytes: bytes) }
    }

    /// What a follower finds: records, and how many are missing.
    private func read() throws -> (records: [ShardCopy.Record], missing: UInt64) {
        let reader = ShardReader(shard: shard, journalFolder: journal)
        var found: [ShardCopy.Record] = []
        var missing: UInt64 = 0
        while true {
            switch try reader.next() {
            case .end: return (found, missing)
            case .damaged(let damage): missing += damage.missingSequences
            case .record(let header):
                found.append(
                    ShardCopy.Record(
                        sequence: header.sequence, kind: header.kind, version: header.version,
                        payload: reader.withPayload { $0.toArray() }))
            }
        }
    }

    private var segments: [String] { (try? Files.list(journal + "/" + shard.folder)) ?? [] }

    @Test("They are there as they came, in one segment, and go on there after a restart")
    func appending() throws {
        var copy = try open()
        #expect(copy.nextSequence == 0)
        for range: Range<UInt64> in [0..<1, 1..<4, 4..<300] {
            #expect(try copy.append(Self.records(range), nowNanoseconds: 5))
        }
        var again = try open()
        #expect(again.nextSequence == 300)
        #expect(try again.append(Self.records(300..<302), nowNanoseconds: 6))
        #expect(segments.count == 1)
        let found = try read()
        #expect(found.records == Self.records(0..<302) && found.missing == 0)
    }

    @Test("A segment that is long enough, or old enough, is left")
    func leaving() throws {
        var copy = try open(JournalLimits(segmentBytes: 40_000, segmentAgeNanoseconds: 100))
        for number: UInt64 in 0..<40 {
            #expect(try copy.append([Self.record(number, bytes: 4_000)], nowNanoseconds: 5))
        }
        #expect(segments.count == 5)
        for time: UInt64 in [50, 106, 110] {
            #expect(try copy.append([Self.record(copy.nextSequence)], nowNanoseconds: time))
        }
        #expect(segments.count == 6)
        let found = try read()
        #expect(found.records.count == 43 && found.missing == 0)
    }

    @Test("Many records at once, of every length that there can be")
    func lengths() throws {
        var copy = try open()
        let records = (0..<60).map { number in
            Self.record(UInt64(number), bytes: number % 3 == 0 ? RecordHeader.payloadLimitBytes : number)
        }
        #expect(try copy.append(records, nowNanoseconds: 5))
        #expect(try read().records == records)
        #expect(Self.record(0, bytes: RecordHeader.payloadLimitBytes + 1).isPossible == false)
        #expect(Self.record(RecordHeader.sequenceLimit).isPossible == false)
    }

    @Test("A hole stays one, and what is behind it is there")
    func holes() throws {
        var copy = try open()
        #expect(try copy.append(Self.records(0..<3) + Self.records(7..<9), nowNanoseconds: 5))
        #expect(try copy.append(Self.records(20..<21), nowNanoseconds: 5))
        #expect(try open().nextSequence == 21)
        let found = try read()
        #expect(found.records.map(\.sequence) == [0, 1, 2, 7, 8, 20] && found.missing == 15)
    }

    @Test("Cut anywhere, as a killed process leaves it, what is whole stays and the rest can be put there again")
    func cuts() throws {
        var copy = try open()
        #expect(try copy.append(Self.records(0..<3), nowNanoseconds: 5))
        let path = journal + "/" + shard.folder + "/" + segments[0]
        let whole = try Files.readAll(path, limitBytes: 1 << 20)
        for count in stride(from: 0, through: whole.count, by: 1) where count % 1_024 == 0 || count > 8_180 {
            try Files.replaceDurably(path, contents: Array(whole[..<count]).span)
            var again = try open()
            let next = again.nextSequence
            #expect(next == UInt64(max(0, count - SegmentHeader.recordsOffset) / 44), "cut at \(count)")
            #expect(try again.append(Self.records(next..<5), nowNanoseconds: 5))
            let found = try read()
            #expect(found.records == Self.records(0..<5) && found.missing == 0, "cut at \(count)")
        }
    }

    @Test("A segment that somebody changed or removed is not written on to")
    func changes() throws {
        var copy = try open()
        #expect(try copy.append(Self.records(0..<3), nowNanoseconds: 5))
        var other = try open()
        #expect(try other.append(Self.records(3..<4), nowNanoseconds: 5))
        #expect(try copy.append(Self.records(3..<4), nowNanoseconds: 5) == false)
        try Files.remove(journal + "/" + shard.folder + "/" + segments[0])
        #expect(throws: JournalError.self) { _ = try other.append(Self.records(4..<5), nowNanoseconds: 5) }
        var anew = try open()
        #expect(anew.nextSequence == 0)
        #expect(try anew.append(Self.records(0..<5), nowNanoseconds: 5))
        #expect(try read().records == Self.records(0..<5))
    }

    @Test("An import of the same shard finds what is here, and puts the rest behind it")
    func imports() throws {
        let elsewhere = folder.path + "/elsewhere"
        let writer = ShardWriter(shard: shard, journalFolder: elsewhere)
        for number: UInt64 in 0..<6 {
            let record = Self.record(number)
            #expect(
                writer.beginRecord(
                    kind: record.kind, version: record.version, maximumPayloadBytes: record.payload.count))
            writer.appendPayload { $0.append(record.payload.span) }
            writer.endRecord(orderNanoseconds: 10 + number)
            #expect(writer.commit(nowNanoseconds: 10 + number) == .written)
        }
        writer.finish(nowNanoseconds: 100)
        var copy = try open()
        #expect(try copy.append(Self.records(0..<4), nowNanoseconds: 5))
        for taken: UInt64 in [2, 0] {
            let work = JournalImport(
                into: journal, options: JournalImport.Options(takesOpen: true), writes: { _ in false },
                expiredBelow: { _ in 0 },
                observer: JournalImport.Observer(onRemark: { Issue.record("\($0)") }))
            #expect(try work.run(from: elsewhere).takenRecords == taken)
        }
        var behind = try open()
        #expect(behind.nextSequence == 6)
        #expect(try behind.append([Self.record(6)], nowNanoseconds: 5))
        let found = try read()
        #expect(found.records == Self.records(0..<7) && found.missing == 0)
        // Another node's facts under the same name are refused all the same.
        let liar = ShardWriter(shard: shard, journalFolder: folder.path + "/liar")
        for number: UInt64 in 0..<9 {
            #expect(liar.beginRecord(kind: .name, version: 1, maximumPayloadBytes: 1))
            liar.appendPayload { $0.append(UInt8(9)) }
            liar.endRecord(orderNanoseconds: 10 + number)
            _ = liar.commit(nowNanoseconds: 10)
        }
        liar.finish(nowNanoseconds: 100)
        var remarks: [String] = []
        let work = JournalImport(
            into: journal, options: JournalImport.Options(takesOpen: true), writes: { _ in false },
            expiredBelow: { _ in 0 }, observer: JournalImport.Observer(onRemark: { remarks.append("\($0)") }))
        #expect(try work.run(from: folder.path + "/liar").takenRecords == 0)
        #expect(remarks.count == 1)
    }
}
