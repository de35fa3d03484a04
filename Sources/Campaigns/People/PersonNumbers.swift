import Bytes

/// Numbers of people as bitmaps of 65,536 each, for those that have a member.
struct PersonNumbers {
    private var parts: [[UInt64]] = []
    private(set) var count = 0

    /// Adds the members of a stored container.
    ///
    /// - Returns: false when the bytes are no container.
    mutating func add(encoded bytes: Span<UInt8>, key: UInt16) -> Bool {
        guard let stored = StoredContainer(bytes) else { return false }
        let key = Int(key)
        while parts.count <= key { parts.append([]) }
        if parts[key].isEmpty { parts[key] = [UInt64](repeating: 0, count: StoredContainer.wordCount) }
        switch stored.form {
        case .array:
            for number in stored.numbers(in: bytes) {
                let bit: UInt64 = 1 << UInt64(number & 63)
                if parts[key][Int(number >> 6)] & bit == 0 { count += 1 }
                parts[key][Int(number >> 6)] |= bit
            }
        case .bitmap:
            for (place, word) in stored.words(in: bytes).enumerated() {
                count += (word & ~parts[key][place]).nonzeroBitCount
                parts[key][place] |= word
            }
        }
        return true
    }

    func contains(_ number: UInt32) -> Bool {
        let key = Int(number >> 16)
        guard key < parts.count, !parts[key].isEmpty else { return false }
        return parts[key][Int(number >> 6 & 1_023)] & 1 << UInt64(number & 63) != 0
    }

    /// Adds all members of a set.
    mutating func add(_ set: PersonSet) {
        for (key, container) in zip(set.keys, set.containers) {
            var bytes: [UInt8] = []
            container.encode(into: &bytes)
            _ = add(encoded: bytes.span, key: key)
        }
    }
}
