import Engagement

/// Asks for the country of cut addresses, and remembers the answers as words of a vocabulary.
///
/// Addresses repeat: of those that are cut a few thousand make most of a day's events. Each address has one place by
/// its hash, and the one that came last has it, so that the memory is fixed and whoever invents addresses gains no more
/// than a question an event.
struct CountryMemo {
    private struct Entry {
        var high: UInt64
        var low: UInt64
        /// Family and prefix; 0 is free.
        var form: UInt64
        var word: UInt32
    }

    private let countries: (any CountryLookup)?
    private var entries: [Entry] = []

    private static var entryCount: Int { 4_096 }

    /// - Parameter countries: what is asked; nil where nobody can be.
    init(_ countries: (any CountryLookup)?) {
        self.countries = countries
    }

    /// Forgets the words of a vocabulary that is made anew.
    mutating func forgetWords() {
        entries.removeAll(keepingCapacity: true)
    }

    /// The country's word; `(unknown)` where no address was kept or the database has no country for all of it, no word
    /// where nobody can be asked. O(1) for an address that came lately.
    @inline(__always)
    mutating func word(of cut: AddressCut?, _ terms: inout TermTable) -> UInt32 {
        guard let countries else { return TermTable.none }
        guard let cut else { return TermTable.unknown }
        let (high, low) = cut.words
        let form = UInt64(cut.address.family.rawValue) << 8 | UInt64(cut.prefixBitCount)
        let place = Int(truncatingIfNeeded: FoldedHash.mix(form, high, low)) & (Self.entryCount - 1)
        if !entries.isEmpty {
            let entry = entries[place]
            if entry.form == form, entry.high == high, entry.low == low { return entry.word }
        } else {
            entries = [Entry](
                repeating: Entry(high: 0, low: 0, form: 0, word: TermTable.none), count: Self.entryCount)
        }
        let word = countries.country(of: cut).map { terms.intern($0.text) } ?? TermTable.unknown
        entries[place] = Entry(high: high, low: low, form: form, word: word)
        return word
    }
}
