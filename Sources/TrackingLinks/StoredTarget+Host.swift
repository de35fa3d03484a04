import Bytes

extension StoredTarget {
    /// Where the host of a stored form stands, its port included; nil for the stored form of what was no URL with a
    /// host.
    package static func hostOffsets(of stored: Span<UInt8>) -> Range<Int>? {
        let start: Int
        if stored.hasPrefix("https://") {
            start = 8
        } else if stored.hasPrefix("http://") {
            start = 7
        } else {
            return nil
        }
        var end = start
        while end < stored.count, stored[end] != UInt8(ascii: "/"), stored[end] != UInt8(ascii: "?") { end += 1 }
        return end > start ? start..<end : nil
    }
}
