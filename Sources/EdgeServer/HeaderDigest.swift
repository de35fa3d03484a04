import Bytes
import Engagement
import HTTPEngine

/// What an event keeps of headers that say more than it needs.
enum HeaderDigest {
    /// Appends the host of a `Referer`, lower-cased, with its port where it names one. What is no absolute URL has
    /// none.
    ///
    /// - Returns: false, and nothing appended, when there is no host.
    static func appendHost(ofReferer referer: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        let start: Int
        if referer.hasPrefixIgnoringASCIICase("https://") {
            start = 8
        } else if referer.hasPrefixIgnoringASCIICase("http://") {
            start = 7
        } else {
            return false
        }
        var hostStart = start
        var end = start
        while end < referer.count, !endsAuthority(referer[end]) {
            if referer[end] == UInt8(ascii: "@") { hostStart = end + 1 }
            end += 1
        }
        guard end > hostStart, end - hostStart <= buffer.freeCapacity else { return false }
        for offset in hostStart..<end { buffer.append(referer[offset].asciiLowercased) }
        return true
    }

    /// The first language range of an `Accept-Language` (RFC 9110, section 12.5.4): what stands before `,`, `;` or a
    /// space.
    static func firstLanguage(_ value: Span<UInt8>) -> Range<Int> {
        var end = 0
        while end < value.count {
            switch value[end] {
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: " "), UInt8(ascii: "\t"): return 0..<end
            default: end += 1
            }
        }
        return 0..<end
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\\"): true
        default: false
        }
    }
}

extension HeaderPresence {
    /// The sixteen headers that an event says the presence of: the engine's first bits are the event's (FORMAT.md),
    /// which a test holds.
    init(knownHeaders bits: UInt64) {
        self.init(rawValue: UInt16(truncatingIfNeeded: bits))
    }
}
