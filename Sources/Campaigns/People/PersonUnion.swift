import Bytes

/// The union of many sets of people, made of their stored containers, to be counted at the end.
///
/// A report unites hundreds of thousands of containers, most of them short. Merging sorted arrays would walk through
/// what is there already each time, so the members of a container are only put behind one another here, and become a
/// bitmap when they take as much room as one. A container takes 8 KiB at the most.
struct PersonUnion {
    fileprivate struct Part {
        /// In any order, any number of times; empty where `words` are used.
        var numbers: [UInt16] = []
        /// The lowest bit of the first for number 0; empty until there are more numbers than `numbersMax`.
        var words: [UInt64] = []
    }

    /// Parts by the number of their container.
    private var parts: [Part] = []
    /// The place of a container's part plus one; 0 where there is none.
    private var places: [UInt32] = []

    private static let numbersMax = StoredContainer.arrayCountMax
    private static let wordCount = StoredContainer.wordCount

    /// Adds the members of a stored container.
    ///
    /// - Returns: false, and nothing is certain any more, when the bytes are no container.
    mutating func add(encoded bytes: Span<UInt8>, key: UInt16) -> Bool {
        guard let stored = StoredContainer(bytes) else { return false }
        let place = place(of: key)
        switch stored.form {
        case .array:
            if parts[place].words.isEmpty {
                if parts[place].numbers.count + stored.count <= Self.numbersMax {
                    parts[place].numbers += stored.numbers(in: bytes)
                    return true
                }
                parts[place].becomeBitmap()
            }
            for number in stored.numbers(in: bytes) { parts[place].set(number) }
        case .bitmap:
            if parts[place].words.isEmpty { parts[place].becomeBitmap() }
            for index in 0..<Self.wordCount {
                parts[place].words[index] |= bytes.littleEndian(UInt64.self, at: 1 + 8 * index)
            }
        }
        return true
    }

    /// Members. O(members).
    var count: Int { Self.count(self, PersonUnion()) }

    /// Members of either union, each once. O(members): a container of few members costs no look at a whole bitmap.
    static func count(_ left: PersonUnion, _ right: PersonUnion) -> Int {
        var count = 0
        var scratch = [UInt64](repeating: 0, count: wordCount)
        let empty = Part()
        for key in 0..<max(left.places.count, right.places.count) {
            let one = left.part(ofContainer: key) ?? empty
            let other = right.part(ofContainer: key) ?? empty
            count += countOfWords(one.words, other.words)
            // Numbers stand beside at most one bitmap: the other part's.
            let words = one.words.isEmpty ? other.words : one.words
            for numbers in [one.numbers, other.numbers] {
                for number in numbers {
                    let place = Int(number >> 6)
                    let bit: UInt64 = 1 << UInt64(number & 63)
                    let seen = words.isEmpty ? scratch[place] : scratch[place] | words[place]
                    if seen & bit == 0 { count += 1 }
                    scratch[place] |= bit
                }
            }
            for numbers in [one.numbers, other.numbers] {
                for number in numbers { scratch[Int(number >> 6)] = 0 }
            }
        }
        return count
    }

    private static func countOfWords(_ left: [UInt64], _ right: [UInt64]) -> Int {
        var count = 0
        if left.isEmpty || right.isEmpty {
            for word in left.isEmpty ? right : left { count += word.nonzeroBitCount }
        } else {
            for index in 0..<wordCount { count += (left[index] | right[index]).nonzeroBitCount }
        }
        return count
    }

    private func part(ofContainer key: Int) -> Part? {
        key < places.count && places[key] > 0 ? parts[Int(places[key]) - 1] : nil
    }

    private mutating func place(of key: UInt16) -> Int {
        let key = Int(key)
        if places.count <= key { places.append(contentsOf: repeatElement(0, count: key + 1 - places.count)) }
        if places[key] == 0 {
            parts.append(Part())
            places[key] = UInt32(parts.count)
        }
        return Int(places[key]) - 1
    }
}

extension PersonUnion.Part {
    fileprivate mutating func becomeBitmap() {
        words = [UInt64](repeating: 0, count: StoredContainer.wordCount)
        let members = numbers
        numbers = []
        for number in members { set(number) }
    }

    @inline(__always)
    fileprivate mutating func set(_ number: UInt16) {
        words[Int(number >> 6)] |= 1 << UInt64(number & 63)
    }
}
