package import Bytes
import Synchronization

/// The statuses of one section's people: an open-addressing table of words of eight bytes that threads read while one
/// writes.
///
/// **Problem.** A click asks for one person among ten million, for less than a miss or two of the processor's caches,
/// and must not wait for whoever records a refusal. A refusal holds for the next click on every worker.
///
/// **Shape.** A word is a person: 63 bits of the keyed pseudonym, and the status in the lowest bit; 0 is a free place.
/// A word is read and written whole, so that a reader finds a person with the old status or the new one, and never half
/// of a change. People are not removed. Where they begin to be looked for follows from the upper bits, as in a sorted
/// list, so that a sorted list is written from front to back.
///
/// **Costs.** At most four of five places are taken, at least seven of ten once it was made for its people: 10 to 11.5
/// bytes a person. Two people of a section are mistaken for each other with a probability of people² / 2⁶⁴ for the
/// whole section: 5 in a million for ten million.
///
/// Writers exclude each other. A table that has no room is left, and a larger one is used in its place (`grown`).
package final class ConsentTable: Sendable {
    /// What threads look up in that keep the table, too: it is gone with the table.
    package let view: ConsentView

    private let named = Atomic<Int>(0)

    /// An empty table with room for as many people and some more.
    ///
    /// - Parameter unnamed: the status of everybody who is not in it: opted out where a list names all who consent,
    ///   else nil.
    package init(people: Int, unnamed: ConsentStatus? = nil) {
        let places = people / Self.filledAtFirst.taken * Self.filledAtFirst.of + Self.filledAtFirst.of
        view = ConsentView(places: max(Self.placesMin, places), unnamed: unnamed)
    }

    deinit {
        view.deallocate()
    }

    private static let placesMin = 64
    private static let filledAtFirst = (taken: 7, of: 10)
    private static let filledAtMost = (taken: 4, of: 5)

    /// People in it.
    package var count: Int { named.load(ordering: .relaxed) }

    /// Bytes of memory that it takes.
    package var byteCount: Int { view.places * MemoryLayout<UInt64>.stride }

    /// The status of a person. Any thread may ask at any time; nothing is allocated.
    package func status(of person: ConsentKey) -> ConsentStatus? {
        // The last use of a table may be this one.
        withExtendedLifetime(self) { view.status(of: person) }
    }

    /// Gives a person a status. One thread at a time.
    ///
    /// - Returns: false, and nothing changed, where the person is new and there is no room: use `grown()`.
    package func set(_ person: ConsentKey, to status: ConsentStatus) -> Bool {
        let place = view.place(of: person)
        if view[place] == 0 {
            guard count < view.places / Self.filledAtMost.of * Self.filledAtMost.taken else { return false }
            named.store(count + 1, ordering: .relaxed)
        }
        view[place] = person.bits | UInt64(status.rawValue)
        return true
    }

    /// The same people in a table with room for more. One thread at a time, and none that writes.
    ///
    /// - Parameter further: people who will be added at least.
    package func grown(for further: Int = 1) -> ConsentTable {
        let larger = ConsentTable(people: count + max(further, count / 50), unnamed: view.unnamed)
        forEach { person, status in _ = larger.set(person, to: status) }
        return larger
    }

    /// Hands over everybody in it, in no order that means anything.
    package func forEach(_ body: (ConsentKey, ConsentStatus) -> Void) {
        for place in 0..<view.places where view[place] != 0 {
            body(ConsentKey(bits: view[place]), view[place] & 1 == 0 ? .optedOut : .optedIn)
        }
    }
}

/// A table as threads read it: a plain value without a reference count, which workers would contend for.
@safe
package struct ConsentView: @unchecked Sendable {
    private let memory: LargeMemory
    private let base: UnsafeMutablePointer<Atomic<UInt64>>
    fileprivate let places: Int
    fileprivate let unnamed: ConsentStatus?

    fileprivate init(places: Int, unnamed: ConsentStatus?) {
        memory = LargeMemory(byteCount: places * MemoryLayout<UInt64>.stride)
        // A word of zeros is an atomic 0.
        unsafe base = memory.base.bindMemory(to: Atomic<UInt64>.self, capacity: places)
        self.places = places
        self.unnamed = unnamed
    }

    fileprivate func deallocate() {
        memory.release()
    }

    fileprivate subscript(place: Int) -> UInt64 {
        @inline(__always) get { unsafe base[place].load(ordering: .relaxed) }
        nonmutating set { unsafe base[place].store(newValue, ordering: .relaxed) }
    }

    /// Where a person is, or is put: the place may be free.
    @inline(__always)
    fileprivate func place(of person: ConsentKey) -> Int {
        var place = person.place(among: places)
        while true {
            let word = self[place]
            if word == 0 || word & ~1 == person.bits { return place }
            place &+= 1
            if place == places { place = 0 }
        }
    }

    /// Begins to fetch what `status` reads, which is in no cache of the processor mostly: whoever has something else to
    /// do asks for it afterwards.
    @inline(__always)
    package func fetchAhead(_ person: ConsentKey) {
        memory.fetchAhead(MemoryLayout<UInt64>.stride &* person.place(among: places))
    }

    /// The status of a person. Any thread may ask at any time while the table lives; nothing is allocated.
    package func status(of person: ConsentKey) -> ConsentStatus? {
        let word = self[place(of: person)]
        return word == 0 ? unnamed : word & 1 == 0 ? .optedOut : .optedIn
    }
}

/// What a person is in consent tables and lists: 63 bits of the keyed pseudonym that never rotates, the lowest bit 0.
package struct ConsentKey: Hashable, Comparable, Sendable {
    /// The bits, never 0.
    package let bits: UInt64

    /// The key of a person.
    package init(_ person: Bytes16) {
        self.init(bits: person.littleEndianWords.0)
    }

    /// A key as a list holds it.
    init(bits: UInt64) {
        // 0 is a free place: whoever has it shares a place with whoever has 2, one in 2^63.
        self.bits = bits & ~1 == 0 ? 2 : bits & ~1
    }

    /// Where it is looked for first: keys ascend with their places.
    @inline(__always)
    func place(among places: Int) -> Int {
        Int(truncatingIfNeeded: bits.multipliedFullWidth(by: UInt64(truncatingIfNeeded: places)).high)
    }

    package static func < (left: ConsentKey, right: ConsentKey) -> Bool { left.bits < right.bits }
}
