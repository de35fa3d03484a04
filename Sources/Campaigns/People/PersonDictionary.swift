import LinuxSystem

/// The numbers of one section's people: 64-bit hash of a person to a dense number, counted from 0 in the order of first
/// sight.
///
/// Dense numbers are what makes sets of people small (`PersonSet`): people who were first seen together, such as those
/// of one campaign, have neighbouring numbers. The hash is keyed, so nobody outside can choose two people that collide;
/// two people whose 64 bits are the same are one person here.
///
/// The hash's first six bits choose one of 64 tables (`PersonTable`), which grow one at a time: a person takes 14.1 to
/// 17.7 bytes, and growing a 64th of that for a moment. Numbers are never given twice: people who are forgotten leave
/// holes, and somebody who comes back is somebody new.
final class PersonDictionary {
    /// The next number: the people in the dictionary and the holes among them.
    private(set) var count = 0
    /// Hashes by number from `unsavedStart` on: what the store does not hold in full chunks yet.
    private(set) var unsaved: [UInt64] = []
    /// The number of the first hash in `unsaved`: a multiple of `chunkCount`.
    private(set) var unsavedStart = 0

    private var savedCount = 0

    /// People in one stored chunk.
    static let chunkCount = 4_096
    /// What stands in place of the hash of somebody who was forgotten. Nobody has it.
    static let hole: UInt64 = 0

    /// The hash that a person is known by: the one whose own would be a hole, which is one in 2^64, shares another's.
    @inline(__always)
    static func known(_ hash: UInt64) -> UInt64 { hash == hole ? holeShare : hash }

    private static let holeShare: UInt64 = 0x9E37_79B9_7F4A_7C16

    private var tables: PersonTables

    /// Makes an empty dictionary.
    ///
    /// - Parameter expected: how many people to make room for at once.
    init(expected: Int = 0) {
        tables = PersonTables(capacity: expected + expected / 4)
    }

    /// The person's number, or nil when the person was never seen. O(1).
    func number(of hash: UInt64) -> UInt32? {
        let number = tables.number(of: Self.known(hash))
        return number == PersonTable.free ? nil : number
    }

    /// The person's number, given now when the person was never seen. O(1) amortised.
    ///
    /// - Returns: nil when all 2^32 - 1 numbers are given.
    func intern(_ hash: UInt64) -> UInt32? {
        let next = UInt32(count)
        guard next != PersonTable.free else { return number(of: hash) }
        let hash = Self.known(hash)
        let number = tables.number(of: hash, orAdd: next)
        if number == next {
            count += 1
            unsaved.append(hash)
        }
        return number
    }

    /// The numbers of several people, given now where they were never seen; whoever gets none is left out.
    ///
    /// A look-up in a large dictionary waits for memory most of its time, so the places of a few people are read at
    /// once before each is looked up.
    func intern(_ hashes: [UInt64]) -> [UInt32] {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(hashes.count)
        var start = 0
        while start < hashes.count {
            if start & (Self.peoplePerPiece - 1) == 0 { SystemThread.giveWay() }
            let end = min(start + Self.lookAhead, hashes.count)
            var read: UInt32 = 0
            for index in start..<end { read &+= tables.touch(hashes[index]) }
            touched = read
            for index in start..<end {
                if let number = intern(hashes[index]) { numbers.append(number) }
            }
            start = end
        }
        return numbers
    }

    /// What was read ahead comes here, so that the reads happen.
    private var touched: UInt32 = 0
    private static let lookAhead = 32
    /// People between whom a worker on the same processor may go first; a power of two.
    private static let peoplePerPiece = 512

    /// Takes in a stored chunk: the hashes of the numbers from `first` on. Numbers between those known so far and these
    /// are holes, whose chunks are gone.
    ///
    /// - Returns: false when a hash stands in it twice or was known, or no chunk can begin there: no sound store is so.
    func load(_ hashes: [UInt64], from first: Int? = nil) -> Bool {
        let first = first ?? count
        guard first >= count, first == count || first % Self.chunkCount == 0 else { return false }
        if first > count {
            count = first
            unsaved.removeAll()
            unsavedStart = first
        }
        guard hashes.contains(Self.hole) ? loadWithHoles(hashes) : loadWhole(hashes) else { return false }
        markSaved()
        return true
    }

    private func loadWhole(_ hashes: [UInt64]) -> Bool {
        let before = count
        let numbers = intern(hashes)
        return numbers.count == hashes.count && count == before + hashes.count
    }

    private func loadWithHoles(_ hashes: [UInt64]) -> Bool {
        for hash in hashes {
            let before = count
            if hash == Self.hole {
                unsaved.append(hash)
                count += 1
            } else {
                _ = intern(hash)
            }
            guard count == before + 1 else { return false }
        }
        return true
    }

    /// Forgets a person whose hole the store holds already. O(1).
    func forget(_ hash: UInt64, number: UInt32) {
        guard tables.number(of: hash) == number else { return }
        tables.remove(hash)
        if Int(number) >= unsavedStart { unsaved[Int(number) - unsavedStart] = Self.hole }
    }

    /// Forgets the unsaved hashes of full chunks: the store holds them now. The last, partial chunk stays, since it
    /// is written again when it grows.
    func markSaved() {
        let full = unsaved.count / Self.chunkCount * Self.chunkCount
        unsaved.removeFirst(full)
        unsavedStart += full
        savedCount = count
    }

    /// True when there are people that the store does not hold.
    var hasUnsaved: Bool { count > savedCount }

    /// Bytes of memory that it takes.
    var memoryBytes: Int { tables.memoryBytes + unsavedMemoryBytes }

    /// Of them what hashes take that the store does not hold yet.
    var unsavedMemoryBytes: Int { unsaved.capacity * 8 }
}

/// 64 tables, chosen by a hash's first six bits.
@safe
private struct PersonTables: ~Copyable {
    private let tables: UnsafeMutablePointer<PersonTable>

    private static let count = 64

    init(capacity: Int) {
        unsafe tables = UnsafeMutablePointer<PersonTable>.allocate(capacity: Self.count)
        for index in 0..<Self.count {
            unsafe (tables + index).initialize(to: PersonTable(capacity: capacity / Self.count))
        }
    }

    deinit {
        unsafe tables.deinitialize(count: Self.count)
        unsafe tables.deallocate()
    }

    var memoryBytes: Int {
        var bytes = 0
        for index in 0..<Self.count { bytes += unsafe tables[index].memoryBytes }
        return bytes
    }

    @inline(__always)
    func touch(_ hash: UInt64) -> UInt32 { unsafe tables[Int(hash >> 58)].touch(hash) }

    @inline(__always)
    func number(of hash: UInt64) -> UInt32 { unsafe tables[Int(hash >> 58)].number(of: hash) }

    @inline(__always)
    mutating func number(of hash: UInt64, orAdd next: UInt32) -> UInt32 {
        unsafe tables[Int(hash >> 58)].number(of: hash, orAdd: next)
    }

    mutating func remove(_ hash: UInt64) {
        unsafe tables[Int(hash >> 58)].remove(hash)
    }
}
