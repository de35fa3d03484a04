import Bytes

/// A key that signs links.
package struct SigningKey: Sendable {
    /// Its number, which stands in the signature: from 1.
    package let id: UInt32
    /// The section whose links it signs, or nil for every section's.
    package let section: String?
    let key: HMACSHA256Key
    private let sectionBytes: [UInt8]

    /// Makes a key.
    ///
    /// - Parameter secret: 32 bytes of the kernel's random numbers.
    package init(id: UInt32, secret: Span<UInt8>, section: String? = nil) {
        self.id = id
        self.section = section
        key = HMACSHA256Key(secret)
        sectionBytes = Array((section ?? "").utf8)
    }

    /// True when it signs links of that section.
    func covers(section: Span<UInt8>) -> Bool {
        self.section == nil || sectionBytes.span.equals(section)
    }
}

/// The keys that signatures are made and judged with, by their ids. Immutable.
///
/// A look-up costs O(log keys) and allocates nothing. Keys are held in an array with a reference count: whoever serves
/// requests on several threads makes one table for each.
package struct SigningKeyTable: Sendable {
    /// The keys by ascending id.
    package let keys: [SigningKey]

    /// Makes a table; of equal ids the first counts.
    package init(_ keys: [SigningKey] = []) {
        var sorted: [SigningKey] = []
        // Sorting is not promised to be stable, so the place decides among equals.
        for (_, key) in keys.enumerated().sorted(by: { ($0.element.id, $0.offset) < ($1.element.id, $1.offset) })
        where sorted.last?.id != key.id {
            sorted.append(key)
        }
        self.keys = sorted
    }

    /// True when there is no key.
    package var isEmpty: Bool { keys.isEmpty }

    /// The key of that id, or nil.
    package func key(id: UInt32) -> SigningKey? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low].id == id ? keys[low] : nil
    }

    /// The key that signs links of a section: the one with the highest id among those for it or for every section.
    package func newest(for section: Span<UInt8>) -> SigningKey? {
        var index = keys.count
        while index > 0 {
            index -= 1
            if keys[index].covers(section: section) { return keys[index] }
        }
        return nil
    }
}
