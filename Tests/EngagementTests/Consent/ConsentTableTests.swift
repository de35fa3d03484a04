import Bytes
import Engagement
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@Suite("Statuses of people in memory")
struct ConsentTableTests {
    private static func key(_ number: UInt64) -> ConsentKey {
        ConsentKey(Bytes16(littleEndian: number &* 0x9E37_79B9_7F4A_7C15, 0))
    }

    @Test("A table says what a dictionary says, through changes and growth")
    func model() {
        var random = SeededGenerator(seed: 41)
        var table = ConsentTable(people: 0, unnamed: .optedOut)
        var model: [ConsentKey: ConsentStatus] = [:]
        for _ in 0..<20_000 {
            let key = Self.key(random.next() % 6_000)
            let status: ConsentStatus = random.next() % 2 == 0 ? .optedIn : .optedOut
            if !table.set(key, to: status) {
                table = table.grown()
                #expect(table.set(key, to: status))
            }
            model[key] = status
        }
        #expect(table.count == model.count)
        for number in 0..<12_000 {
            let key = Self.key(UInt64(number))
            #expect(table.status(of: key) == model[key] ?? .optedOut, "person \(number)")
        }
        var found: [ConsentKey: ConsentStatus] = [:]
        table.forEach { found[$0] = $1 }
        #expect(found == model)
    }

    @Test("Whoever is not in it has no status, or is opted out by a list", arguments: [nil, ConsentStatus.optedOut])
    func unnamed(_ status: ConsentStatus?) {
        #expect(ConsentTable(people: 10, unnamed: status).status(of: Self.key(1)) == status)
    }

    @Test("A person costs at most 12 bytes", arguments: [1_000, 10_007, 1_000_000])
    func memory(_ people: Int) {
        let table = ConsentTable(people: people)
        for number in 0..<people { #expect(table.set(Self.key(UInt64(number)), to: .optedIn)) }
        #expect(table.byteCount <= 12 * people)
        let grown = table.grown()
        #expect(grown.byteCount <= 12 * people)
        #expect(grown.count == people)
    }

    @Test("Keys at both ends of the order, and those that meet at one place, are told apart")
    func edges() {
        let table = ConsentTable(people: 0)
        let words: [UInt64] = [0, 1, 2, 3, 4, .max, .max - 1, .max - 2, .max - 3, .max - 4, .max - 5]
        for (index, word) in words.enumerated() {
            #expect(table.set(ConsentKey(Bytes16(littleEndian: word, 7)), to: index % 4 < 2 ? .optedIn : .optedOut))
        }
        // 0, 1, 2 and 3 are one key, 0 taking the place of 2; every other pair differs in its lowest bit alone.
        #expect(table.count == 5)
        #expect(table.status(of: ConsentKey(Bytes16(littleEndian: 0, 0))) == .optedOut)
        #expect(table.status(of: ConsentKey(Bytes16(littleEndian: 4, 0))) == .optedIn)
        #expect(table.status(of: ConsentKey(Bytes16(littleEndian: .max, 0))) == .optedOut)
    }

    @Test("A thread that reads beside one that writes finds a person with one of the person's statuses")
    func concurrent() throws {
        let table = ConsentTable(people: 5_000)
        for number in 0..<2_500 { #expect(table.set(Self.key(UInt64(number)), to: .optedIn)) }
        let isDone = Atomic(false)
        // A thread of its own: a task that waits for another one would keep every other test from a processor.
        let writer = try SystemThread.start(name: "writer") {
            for round in 0..<40 {
                for number in 0..<5_000 {
                    _ = table.set(Self.key(UInt64(number)), to: round % 2 == 0 ? .optedOut : .optedIn)
                }
            }
            isDone.store(true, ordering: .releasing)
        }
        var missing = 0
        while !isDone.load(ordering: .acquiring) {
            for number in 0..<2_500 where table.status(of: Self.key(UInt64(number))) == nil {
                missing += 1
            }
        }
        writer.join()
        #expect(missing == 0)
    }

    @Test("A look-up allocates nothing")
    func allocations() {
        let table = ConsentTable(people: 100)
        #expect(table.set(Self.key(1), to: .optedIn))
        let count = allocationCount { for number in 0..<1_000 { _ = table.status(of: Self.key(UInt64(number))) } }
        #expect(count == 0)
    }
}

@Suite("What a status means")
struct ConsentPolicyTests {
    @Test("Precedence: a refusal in the link, then what is on record, then a consent in the link")
    func precedence() {
        // stored, claimed, anonymous where opt-out is honoured, where opt-in is required
        let rows: [(ConsentStatus?, ConsentStatus?, Bool, Bool)] = [
            (nil, nil, false, true), (.optedIn, nil, false, false), (.optedOut, nil, true, true),
            (nil, .optedIn, false, false), (.optedOut, .optedIn, true, true), (.optedIn, .optedIn, false, false),
            (nil, .optedOut, true, true), (.optedIn, .optedOut, true, true), (.optedOut, .optedOut, true, true),
        ]
        for (stored, claimed, honoured, required) in rows {
            #expect(ConsentPolicy.honourOptOut.makesAnonymous(stored: stored, claimed: claimed) == honoured)
            #expect(ConsentPolicy.requireOptIn.makesAnonymous(stored: stored, claimed: claimed) == required)
            #expect(!ConsentPolicy.ignore.makesAnonymous(stored: stored, claimed: claimed))
        }
    }
}

@Suite("Records of consent")
struct ConsentRecordTests {
    static let person = Bytes16(littleEndian: 1, 2)

    @Test(
        "What is written is read",
        arguments: [
            ConsentRecord.Change.person(person, .optedIn), .person(person, .optedOut),
            .list(digest: person, people: 10_000_000),
        ])
    func journey(_ change: ConsentRecord.Change) throws {
        for source in ConsentRecord.Source.allCases {
            let record = ConsentRecord(
                recordedNanoseconds: 5, effectiveNanoseconds: 4, section: "8781202", change: change, source: source)
            var buffer = ByteBuffer(capacity: ConsentRecord.bytesMax)
            record.append(to: &buffer)
            let read = try buffer.withSpan { bytes throws(EngagementError) in try ConsentRecord(bytes) }
            #expect(read == record)
        }
    }

    @Test("What can't be read is refused by name")
    func refused() throws {
        var buffer = ByteBuffer(capacity: ConsentRecord.bytesMax)
        ConsentRecord(
            recordedNanoseconds: 5, effectiveNanoseconds: 4, section: "s", change: .person(Self.person, .optedIn),
            source: .event
        ).append(to: &buffer)
        let good = buffer.toArray()
        func error(_ change: (inout [UInt8]) -> Void, version: UInt8 = 1) -> EngagementError? {
            var bytes = good
            change(&bytes)
            do throws(EngagementError) {
                _ = try ConsentRecord(bytes.span, version: version)
                return nil
            } catch {
                return error
            }
        }
        #expect(error({ _ in }) == nil)
        #expect(error({ _ in }, version: 2) == .unsupportedVersion(2))
        #expect(error { $0[16] = 9 } == .unknownValue(byteOffset: 16, value: 9))
        #expect(error { $0[17] = 0 } == .unknownValue(byteOffset: 17, value: 0))
        #expect(error { $0 = Array($0.prefix(47)) } == .truncated(byteOffset: 48))
        #expect(error { $0 = Array($0.prefix(48)) } == .missingField(.sec))
    }

    @Test("A list's head and people are read as they were written, and what is none is refused")
    func list() throws {
        var buffer = ByteBuffer(capacity: 100)
        let head = ConsentListHead(people: 2, keyMark: 77)
        head.append(to: &buffer)
        #expect(buffer.count == ConsentListHead.byteCount)
        let key = ConsentKey(Self.person)
        key.append(to: &buffer)
        let bytes = buffer.toArray()
        let read = ConsentListHead(bytes.span)
        #expect(read == head)
        let readKey = ConsentKey(in: bytes.span, at: ConsentListHead.byteCount)
        #expect(readKey == key)
        let shifted = Array(bytes.dropFirst())
        let none = ConsentListHead(shifted.span)
        #expect(none == nil)
        let odd: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        for offset in [0, 8] {
            let key = ConsentKey(in: odd.span, at: offset)
            #expect(key == nil)
        }
    }
}
