import Bytes

/// When a place's clocks stand how far ahead of UTC: read from a TZif file (RFC 8536), or UTC.
///
/// A section's zone decides its hours and days. The rules are a pure value over the file's bytes; which file is the
/// caller's. Leap seconds are not counted, as the system's clock does not count them: files of the `right/` kind are
/// refused.
package struct TimeZoneRules: Equatable, Sendable {
    /// Moments at which the offset changes, ascending, in seconds since 1970 UTC.
    private var transitions: [Int64]
    /// `offsets[i]` holds from `transitions[i]` up to the next.
    private var offsets: [Int32]
    /// Holds before the first transition.
    private var firstOffset: Int32
    /// Holds from the last transition on, where the file has such a rule.
    private var rule: PosixTimeZone?

    /// Coordinated universal time: no offset, ever.
    package static let utc = TimeZoneRules(transitions: [], offsets: [], firstOffset: 0, rule: nil)

    private init(transitions: [Int64], offsets: [Int32], firstOffset: Int32, rule: PosixTimeZone?) {
        self.transitions = transitions
        self.offsets = offsets
        self.firstOffset = firstOffset
        self.rule = rule
    }

    /// Reads a TZif file of version 1, 2, 3 or 4. Any bytes are safe to give.
    package init(tzif bytes: Span<UInt8>) throws(TimeZoneError) {
        let first = try TZifBlock(bytes, at: 0, timeBytes: 4)
        guard first.version != 0 else {
            self = try Self.rules(first, of: bytes, footer: nil)
            return
        }
        // RFC 8536 section 3.1: from version 2 on, the block of 64-bit times stands behind the first one.
        let second = try TZifBlock(bytes, at: first.end, timeBytes: 8)
        self = try Self.rules(second, of: bytes, footer: try Self.footer(bytes, at: second.end))
    }

    /// How far ahead of UTC the clocks stand at `seconds` since 1970 UTC. O(log transitions).
    package func offsetSeconds(at seconds: Int64) -> Int32 {
        guard let last = transitions.last else { return rule?.offsetSeconds(at: seconds) ?? firstOffset }
        if seconds >= last { return rule?.offsetSeconds(at: seconds) ?? offsets[offsets.count - 1] }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : offsets[low - 1]
    }

    /// The local hour that holds a moment.
    package func localHour(at seconds: Int64) -> LocalHour {
        let offset = Int64(offsetSeconds(at: seconds))
        let local = seconds + offset
        let start = local.flooredQuotient(by: 3_600) * 3_600
        return LocalHour(
            startSeconds: start - offset, offsetSeconds: Int32(truncatingIfNeeded: offset),
            dayNumber: Int32(clamping: local.flooredQuotient(by: 86_400)))
    }

    private static func rules(
        _ block: TZifBlock, of bytes: Span<UInt8>, footer: PosixTimeZone?
    ) throws(TimeZoneError) -> TimeZoneRules {
        guard block.leapCount == 0 else { throw .leapSeconds }
        var transitions: [Int64] = []
        var offsets: [Int32] = []
        for index in 0..<block.timeCount {
            let time = block.time(index, of: bytes)
            if let previous = transitions.last, time <= previous { throw .malformed(byteOffset: block.start) }
            transitions.append(time)
            offsets.append(try block.offset(ofType: block.type(index, of: bytes), of: bytes))
        }
        return TimeZoneRules(
            transitions: transitions, offsets: offsets, firstOffset: try block.offset(ofType: 0, of: bytes),
            rule: footer)
    }

    /// RFC 8536 section 3.3: a newline, a TZ string that may be empty, a newline.
    private static func footer(_ bytes: Span<UInt8>, at start: Int) throws(TimeZoneError) -> PosixTimeZone? {
        guard start < bytes.count, bytes[start] == 0x0A, let end = bytes.firstOffset(of: 0x0A, from: start + 1) else {
            throw .malformed(byteOffset: start)
        }
        if end == start + 1 { return nil }
        guard let rule = PosixTimeZone(bytes.extracting(start + 1..<end)) else {
            throw .malformed(byteOffset: start + 1)
        }
        return rule
    }
}

/// A local hour: where it starts and the day it belongs to.
package struct LocalHour: Hashable, Sendable {
    /// Its first moment, in seconds since 1970 UTC.
    package let startSeconds: Int64
    /// How far ahead of UTC the clocks stand in it.
    package let offsetSeconds: Int32
    /// The day that it belongs to, as days since 1970-01-01.
    package let dayNumber: Int32
}

/// Why bytes are no usable time zone.
package enum TimeZoneError: Error, Equatable, Sendable {
    /// The bytes do not follow RFC 8536 at this place.
    case malformed(byteOffset: Int)
    /// The file counts leap seconds, which the system's clock does not.
    case leapSeconds
}

extension Int64 {
    /// The quotient rounded towards negative infinity; `divisor` is positive.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
