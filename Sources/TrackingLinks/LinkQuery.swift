import Bytes

/// The query names that a section keeps in stored targets, where the path alone does not tell its pages apart.
package struct LinkQuery: Equatable, Sendable {
    private var bytes: [UInt8] = []
    private var names: [ByteRange] = []

    /// Keeps no query at all.
    package init() {}

    /// Keeps the fields of these names. A name is compared as it is spelled in the URL, percent-encoding and case
    /// included.
    package init(names: [String]) {
        for name in names {
            let start = bytes.count
            bytes.append(contentsOf: name.utf8)
            self.names.append(ByteRange(start..<bytes.count))
        }
    }

    /// True when no name is kept.
    package var isEmpty: Bool { names.isEmpty }

    /// True when the field of this name is kept. O(names).
    func contains(_ name: Span<UInt8>) -> Bool {
        var index = 0
        while index < names.count {
            if bytes.span.extracting(names[index].offsets).equals(name) { return true }
            index += 1
        }
        return false
    }
}
