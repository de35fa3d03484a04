import Testing
import TestSupport

@testable import Campaigns

@Suite("A set of people holds exactly its members, however it grew")
struct PersonSetTests {
    /// How members spread over the numbers.
    struct Spread: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let count: Int
        let bound: UInt32
    }

    static let spreads = [
        Spread(testDescription: "nobody", count: 0, bound: 1),
        Spread(testDescription: "one person many times", count: 50, bound: 1),
        Spread(testDescription: "a few", count: 40, bound: 1_000),
        Spread(testDescription: "sparse over many containers", count: 3_000, bound: 4_000_000_000),
        Spread(testDescription: "dense in one container", count: 60_000, bound: 65_536),
        Spread(testDescription: "around the size where an array becomes a bitmap", count: 4_500, bound: 20_000),
    ]

    @Test("Made and united, it equals a plain set", arguments: spreads)
    func equalsModel(spread: Spread) throws {
        var random = SeededGenerator(seed: 11)
        for round in 0..<6 {
            let left = (0..<spread.count).map { _ in UInt32.random(in: 0..<spread.bound, using: &random) }
            let right = (0..<spread.count / (round + 1)).map { _ in UInt32.random(in: 0..<spread.bound, using: &random)
            }
            var set = PersonSet(left)
            #expect(set.count == Set(left).count)
            set.formUnion(PersonSet(right))
            let model = Set(left).union(right)
            #expect(set.count == model.count)
            #expect(set == PersonSet(Array(model)), "the form depends on the members alone")
            for _ in 0..<200 {
                let probe = UInt32.random(in: 0..<spread.bound, using: &random)
                #expect(set.contains(probe) == model.contains(probe))
            }
            let numbers = zip(set.keys, set.containers)
            for (_, container) in numbers {
                var bytes: [UInt8] = []
                container.encode(into: &bytes)
                let read = PersonContainer(encoded: bytes.span)
                #expect(read == container)
            }
        }
    }

    @Test("A stored container that is damaged is refused, never read as another set's members")
    func damagedContainers() {
        var bytes: [UInt8] = []
        PersonContainer(ascending: [1, 5, 700]).encode(into: &bytes)
        let good = PersonContainer(encoded: bytes.span)
        #expect(good?.count == 3)
        for length in 0..<bytes.count where length % 2 == 0 {
            let cut = Array(bytes[..<length])
            let read = PersonContainer(encoded: cut.span)
            #expect(read == nil)
        }
        let descending: [UInt8] = [1, 5, 0, 1, 0]
        let unsorted = PersonContainer(encoded: descending.span)
        #expect(unsorted == nil)
        let unknownForm: [UInt8] = [9, 1, 0]
        let unknown = PersonContainer(encoded: unknownForm.span)
        #expect(unknown == nil)
        let emptyBitmap = [2] + [UInt8](repeating: 0, count: 8_192)
        let sparse = PersonContainer(encoded: emptyBitmap.span)
        #expect(sparse == nil, "a bitmap of few members is not what this program writes")
    }
}

@Suite("A dictionary gives each person one number and never another")
struct PersonDictionaryTests {
    @Test("Numbers are dense, stable and in the order of first sight")
    func numbersAreDense() {
        var random = SeededGenerator(seed: 12)
        let dictionary = PersonDictionary()
        var model: [UInt64: UInt32] = [:]
        for _ in 0..<60_000 {
            let hash = UInt64.random(in: 0...20_000, using: &random) &* 0x9E37_79B9_7F4A_7C15
            let expected = model[hash] ?? UInt32(model.count)
            model[hash] = expected
            #expect(dictionary.intern(hash) == expected)
        }
        #expect(dictionary.count == model.count)
        for (hash, number) in model { #expect(dictionary.number(of: hash) == number) }
        #expect(dictionary.number(of: 1) == nil)
    }

    @Test("Hashes at the ends of the range, and many that want one slot, are all found")
    func crowdedHashes() {
        let dictionary = PersonDictionary()
        let hashes = [0, UInt64.max, 1, UInt64.max - 1] + (0..<500).map { UInt64.max - 10 - $0 }
        for (number, hash) in hashes.enumerated() { #expect(dictionary.intern(hash) == UInt32(number)) }
        for (number, hash) in hashes.enumerated() { #expect(dictionary.number(of: hash) == UInt32(number)) }
    }

    @Test("What was saved in chunks is loaded with the same numbers, and goes on behind them")
    func loadsWhatItSaved() {
        let first = PersonDictionary()
        var chunks: [[UInt64]] = []
        var random = SeededGenerator(seed: 13)
        var hashes: [UInt64] = []
        for round in 0..<7 {
            for _ in 0..<(round * 1_500) {
                let hash: UInt64 = random.next()
                hashes.append(hash)
                _ = first.intern(hash)
            }
            var chunk = first.unsavedStart / PersonDictionary.chunkCount
            for start in stride(from: 0, to: first.unsaved.count, by: PersonDictionary.chunkCount) {
                let slice = Array(first.unsaved[start...].prefix(PersonDictionary.chunkCount))
                if chunk < chunks.count { chunks[chunk] = slice } else { chunks.append(slice) }
                chunk += 1
            }
            first.markSaved()
            #expect(!first.hasUnsaved)
        }
        let second = PersonDictionary()
        for chunk in chunks { #expect(second.load(chunk)) }
        #expect(second.count == hashes.count)
        for (number, hash) in hashes.enumerated() { #expect(second.number(of: hash) == UInt32(number)) }
        #expect(second.intern(7) == UInt32(hashes.count))
        #expect(!second.load([7]), "a person stands in a sound store once")
    }

    @Test("Who is forgotten leaves a hole, everybody else keeps their number, and who comes back gets another")
    func forgets() {
        var random = SeededGenerator(seed: 14)
        let dictionary = PersonDictionary()
        var model: [UInt64: UInt32] = [:]
        var given = 0
        for round in 0..<40 {
            // Few slots, so that many stand beside their homes.
            for _ in 0..<400 {
                let hash = UInt64.random(in: 0..<3_000, using: &random) << 40 | UInt64(round % 3) << 58
                if model[hash] == nil {
                    model[hash] = UInt32(given)
                    given += 1
                }
                #expect(dictionary.intern(hash) == model[hash])
            }
            for (hash, number) in model where Int.random(in: 0..<3, using: &random) == 0 {
                dictionary.forget(PersonDictionary.known(hash), number: number)
                model[hash] = nil
            }
            for (hash, number) in model { #expect(dictionary.number(of: hash) == number) }
            #expect(dictionary.count == given)
        }
        // As the store has it: holes in chunks, and chunks that are gone.
        var chunk = [UInt64](repeating: PersonDictionary.hole, count: PersonDictionary.chunkCount)
        chunk[5] = 77
        let loaded = PersonDictionary()
        #expect(loaded.load(chunk) && loaded.load([88, 0, 99], from: 3 * PersonDictionary.chunkCount))
        #expect(loaded.number(of: 77) == 5 && loaded.number(of: 99) == UInt32(3 * PersonDictionary.chunkCount + 2))
        #expect(loaded.intern(100) == UInt32(3 * PersonDictionary.chunkCount + 3))
        #expect(loaded.unsaved == [88, 0, 99, 100] && loaded.unsavedStart == 3 * PersonDictionary.chunkCount)
        #expect(!loaded.load([5], from: 7), "a chunk begins where another ends")
    }
}

@Suite("A union of stored sets counts each person once")
struct PersonUnionTests {
    @Test(
        "It counts what a plain set counts, whatever forms the containers have",
        arguments: [71, 72, 73, 74] as [UInt64])
    func equalsModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var unions = [PersonUnion(), PersonUnion()]
        var models: [Set<UInt32>] = [[], []]
        for _ in 0..<40 {
            let side = Int.random(in: 0..<2, using: &random)
            let count = [1, 50, 3_000, 9_000][Int.random(in: 0..<4, using: &random)]
            let end = [100, 70_000, 200_000][Int.random(in: 0..<3, using: &random)] as UInt32
            let numbers = (0..<count).map { _ in UInt32.random(in: 0..<end, using: &random) }
            models[side].formUnion(numbers)
            let set = PersonSet(numbers)
            for (key, container) in zip(set.keys, set.containers) {
                var bytes: [UInt8] = []
                container.encode(into: &bytes)
                let isRead = unions[side].add(encoded: bytes.span, key: key)
                #expect(isRead)
            }
            #expect(unions[0].count == models[0].count && unions[1].count == models[1].count, "seed \(seed)")
            let everyone = PersonUnion.count(unions[0], unions[1])
            #expect(everyone == models[0].union(models[1]).count, "seed \(seed)")
        }
    }

    @Test("Bytes that are no container are refused")
    func refuses() {
        var union = PersonUnion()
        for bytes in [[], [3], [1, 0], [1, 2, 0, 1, 0], [2, 0]] as [[UInt8]] {
            let isRead = union.add(encoded: bytes.span, key: 0)
            #expect(!isRead, "\(bytes)")
        }
        #expect(union.count == 0)
    }
}

@Suite("People who are looked up together have the numbers that they would have alone")
struct PersonBatchTests {
    @Test("New people, known ones, and the same one twice, while the tables grow")
    func equalsSingle() {
        var random = SeededGenerator(seed: 81)
        let alone = PersonDictionary()
        let together = PersonDictionary()
        for _ in 0..<60 {
            let hashes = (0..<Int.random(in: 0..<700, using: &random)).map { _ in
                UInt64.random(in: 0..<20_000, using: &random) &* 0x9E37_79B9_7F4A_7C15
            }
            #expect(together.intern(hashes) == hashes.compactMap { alone.intern($0) }, "seed 81")
            #expect(together.count == alone.count && together.unsaved == alone.unsaved)
        }
        // Neighbouring hashes share a table and a home.
        let neighbours = (0..<5_000 as Range<UInt64>).map { 1 << 63 | $0 }
        #expect(together.intern(neighbours) == neighbours.compactMap { alone.intern($0) })
        for hash in neighbours { #expect(together.number(of: hash) == alone.number(of: hash)) }
        #expect(together.number(of: 3) == nil)
    }

    @Test("A person takes the stated bytes at most")
    func memory() {
        var random = SeededGenerator(seed: 82)
        let dictionary = PersonDictionary()
        for _ in 0..<40 {
            _ = dictionary.intern((0..<10_000).map { _ in random.next() })
            dictionary.markSaved()
            guard dictionary.count >= 100_000 else { continue }
            let tables = dictionary.memoryBytes - dictionary.unsavedMemoryBytes
            #expect(Double(tables) / Double(dictionary.count) < 17.8)
        }
    }
}
