import Bytes

/// The members of a set of people among 65,536 neighbouring numbers.
///
/// Few members are a sorted array of 16-bit numbers, many a bitmap of 8,192 bytes, as roaring bitmaps do (Lemire, Kaser
/// et al., "Consistently faster and smaller compressed bitmaps with Roaring", 2016); 4,096 is where both are as large.
/// `StoredContainer` is the stored form.
struct PersonContainer: Equatable {
    /// Ascending, no number twice; empty where `words` are used.
    private var numbers: [UInt16]
    /// 1,024 words, the lowest bit of the first for number 0; used where there are more than `arrayCountMax` members.
    private var words: [UInt64]
    /// Members.
    private(set) var count: Int

    private static let arrayCountMax = StoredContainer.arrayCountMax
    private static let wordCount = StoredContainer.wordCount

    /// Takes numbers that ascend, none twice.
    init(ascending numbers: [UInt16]) {
        self.numbers = numbers
        words = []
        count = numbers.count
        if count > Self.arrayCountMax { becomeBitmap() }
    }

    /// Reads what `encode` wrote; nil for anything else.
    init?(encoded bytes: Span<UInt8>) {
        guard let stored = StoredContainer(bytes) else { return nil }
        numbers = stored.form == .array ? stored.numbers(in: bytes) : []
        words = stored.form == .bitmap ? stored.words(in: bytes) : []
        count = stored.count
    }

    /// True when `number` is a member.
    func contains(_ number: UInt16) -> Bool {
        if !words.isEmpty { return words[Int(number >> 6)] >> UInt64(number & 63) & 1 == 1 }
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == number
    }

    /// Adds all members of `other`. O(members), or O(1,024) where one is a bitmap.
    mutating func formUnion(_ other: PersonContainer) {
        if words.isEmpty, other.words.isEmpty, numbers.count + other.numbers.count <= Self.arrayCountMax {
            numbers = Self.merge(numbers, other.numbers)
            count = numbers.count
            return
        }
        if words.isEmpty { becomeBitmap() }
        if other.words.isEmpty {
            for number in other.numbers { set(number) }
        } else {
            count = 0
            for index in words.indices {
                words[index] |= other.words[index]
                count += words[index].nonzeroBitCount
            }
        }
        if count <= Self.arrayCountMax { becomeArray() }
    }

    /// Appends the stored form.
    func encode(into bytes: inout [UInt8]) {
        bytes.append((words.isEmpty ? StoredContainer.Form.array : .bitmap).rawValue)
        bytes += words.isEmpty ? littleEndianBytes(of: numbers[...]) : littleEndianBytes(of: words[...])
    }

    private mutating func set(_ number: UInt16) {
        let bit: UInt64 = 1 << UInt64(number & 63)
        if words[Int(number >> 6)] & bit == 0 {
            words[Int(number >> 6)] |= bit
            count += 1
        }
    }

    private mutating func becomeBitmap() {
        let members = numbers
        words = [UInt64](repeating: 0, count: Self.wordCount)
        numbers = []
        count = 0
        for number in members { set(number) }
    }

    private mutating func becomeArray() {
        numbers.reserveCapacity(count)
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                numbers.append(UInt16(index * 64 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        words = []
    }

    private static func merge(_ left: [UInt16], _ right: [UInt16]) -> [UInt16] {
        var merged: [UInt16] = []
        merged.reserveCapacity(left.count + right.count)
        var leftIndex = 0
        var rightIndex = 0
        while leftIndex < left.count, rightIndex < right.count {
            let leftNumber = left[leftIndex]
            let rightNumber = right[rightIndex]
            merged.append(min(leftNumber, rightNumber))
            if leftNumber <= rightNumber { leftIndex += 1 }
            if rightNumber <= leftNumber { rightIndex += 1 }
        }
        merged.append(contentsOf: left[leftIndex...])
        merged.append(contentsOf: right[rightIndex...])
        return merged
    }
}
