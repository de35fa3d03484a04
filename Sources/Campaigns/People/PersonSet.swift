/// A set of people of one section, by their numbers in the section's `PersonDictionary`.
///
/// Containers of 65,536 numbers each, only those that have a member, so that sets unite container by container and a
/// set in the store is rewritten only where it grew.
struct PersonSet: Equatable {
    /// Containers by their number (a person's number divided by 65,536), ascending.
    private(set) var keys: [UInt16] = []
    private(set) var containers: [PersonContainer] = []

    init() {}

    /// Takes numbers in any order, any number of times. O(n).
    init(_ numbers: [UInt32]) {
        self.init(sorted: Self.sorted(numbers)[...])
    }

    /// Takes numbers that ascend; a number may stand there more than once. O(n).
    init(sorted numbers: ArraySlice<UInt32>) {
        var place = numbers.startIndex
        while place < numbers.endIndex {
            let key = UInt16(numbers[place] >> 16)
            var low: [UInt16] = []
            while place < numbers.endIndex, UInt16(numbers[place] >> 16) == key {
                let number = UInt16(truncatingIfNeeded: numbers[place])
                if low.last != number { low.append(number) }
                place += 1
            }
            keys.append(key)
            containers.append(PersonContainer(ascending: low))
        }
    }

    /// Members. O(containers).
    var count: Int { containers.reduce(0) { $0 + $1.count } }

    /// True when `number` is a member.
    func contains(_ number: UInt32) -> Bool {
        let place = firstPlace(notBelow: UInt16(number >> 16))
        guard place < keys.count, keys[place] == UInt16(number >> 16) else { return false }
        return containers[place].contains(UInt16(truncatingIfNeeded: number))
    }

    /// Adds the members of one container.
    mutating func formUnion(container: PersonContainer, key: UInt16) {
        let place = firstPlace(notBelow: key)
        if place < keys.count, keys[place] == key {
            containers[place].formUnion(container)
        } else {
            keys.insert(key, at: place)
            containers.insert(container, at: place)
        }
    }

    /// Adds all members of `other`.
    mutating func formUnion(_ other: PersonSet) {
        for (key, container) in zip(other.keys, other.containers) { formUnion(container: container, key: key) }
    }

    /// The numbers in ascending order: by one byte after the other, the last one first. Bytes that are the same in all
    /// numbers cost one look.
    private static func sorted(_ numbers: [UInt32]) -> [UInt32] {
        guard numbers.count >= 64 else { return numbers.sorted() }
        var current = numbers
        var next = [UInt32](repeating: 0, count: numbers.count)
        for shift in [0, 8, 16, 24] as [UInt32] {
            var ends = InlineArray<256, Int>(repeating: 0)
            for number in current { ends[Int(number >> shift & 0xFF)] += 1 }
            if ends[Int(current[0] >> shift & 0xFF)] == current.count { continue }
            var end = 0
            for byte in 0..<256 {
                let count = ends[byte]
                ends[byte] = end
                end += count
            }
            for number in current {
                let byte = Int(number >> shift & 0xFF)
                next[ends[byte]] = number
                ends[byte] += 1
            }
            swap(&current, &next)
        }
        return current
    }

    private func firstPlace(notBelow key: UInt16) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
