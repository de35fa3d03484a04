package import Bytes

/// The query of a tracking link, read: where each known field stands and what was odd about it.
///
/// **Problem.** Links come back from mail systems in every state: fields in any order, missing, repeated, joined by
/// others, damaged. The person behind the click must get where the link says all the same, and the event must say what
/// was read.
///
/// **Shape.** Everything in this room is a pure function over bytes. A link is a table of ranges into the query that it
/// was read from; nothing is copied or decoded until it is asked for. `TargetPolicy.decide` takes a link and a
/// section's policy and says what to answer; the server and `tremolo explain` both go through it.
///
/// **Guarantees.** No bytes make reading fail, trap or take more than linear time. Names are compared byte for byte.
/// The first of repeated fields counts. Percent-decoding happens once and is nothing else: a `+` stays a plus, a broken
/// escape stays as text. A target that begins literally with `http://` or `https://`, in any case, was put in without
/// encoding: the rest of the query belongs to it. Nothing here allocates.
///
/// **Not promised.** Values are opaque: no number is parsed, no meaning is assumed beyond the field's name.
package struct TrackingLink: Sendable {
    private var values = InlineArray<17, ByteRange>(repeating: .empty)

    /// Fields that the query holds, empty ones included.
    package private(set) var present: TrackingFieldSet = []
    /// Fields that occur more than once.
    package private(set) var repeated: TrackingFieldSet = []
    /// Fields but the target whose value holds an unfilled merge tag.
    package private(set) var unfilled: TrackingFieldSet = []
    /// Fields but the target that are longer than `LinkLimits.fieldBytesMax` when decoded.
    package private(set) var overlong: TrackingFieldSet = []
    /// Fields but the target with a `%` that is no escape.
    package private(set) var broken: TrackingFieldSet = []
    /// Fields whose name is not known here. They never break a link.
    package private(set) var unknownFieldCount = 0
    /// True when the target was put into the query without encoding, so that it reaches to the query's end.
    package private(set) var targetIsRaw = false
    /// What was odd about the fields but the target, which `TargetPolicy.decide` looks at.
    package private(set) var repairs: LinkRepair = []

    /// Reads the query of a request. O(n).
    ///
    /// - Parameter query: what stands behind the question mark; at most `LinkLimits.queryBytesMax` of it are read.
    package static func read(query: Span<UInt8>) -> TrackingLink {
        var link = TrackingLink()
        let bounded = query.extracting(first: min(query.count, LinkLimits.queryBytesMax))
        var start = 0
        var fieldCount = 0
        while start < bounded.count && fieldCount < LinkLimits.fieldCountMax {
            start = link.readField(of: bounded, from: start) + 1
            fieldCount += 1
        }
        if start < query.count { link.repairs.insert(.tooManyFields) }
        return link
    }

    /// Where the undecoded value of a field stands in the query, or nil when the query does not hold the field.
    package func value(of field: TrackingField) -> ByteRange? {
        present.contains(field) ? values[Int(field.rawValue)] : nil
    }

    /// Reads the field that begins at `start` and returns the offset behind its value.
    private mutating func readField(of query: Span<UInt8>, from start: Int) -> Int {
        var nameEnd = start
        while nameEnd < query.count, query[nameEnd] != UInt8(ascii: "="), query[nameEnd] != UInt8(ascii: "&") {
            nameEnd += 1
        }
        guard let field = TrackingField(name: query.extracting(start..<nameEnd)) else {
            let end = Self.endOfValue(query, from: nameEnd)
            if end > start { unknownFieldCount += 1 }
            return end
        }
        let valueStart = nameEnd < query.count && query[nameEnd] == UInt8(ascii: "=") ? nameEnd + 1 : nameEnd
        guard !present.contains(field) else {
            repeated.insert(field)
            repairs.insert(.repeatedField)
            return Self.endOfValue(query, from: valueStart)
        }
        present.insert(field)
        let valueEnd: Int
        if field == .targetUrl {
            targetIsRaw = Self.isRawTarget(query.extracting(valueStart..<query.count))
            valueEnd = targetIsRaw ? query.count : Self.endOfValue(query, from: valueStart)
        } else {
            valueEnd = readValue(of: field, query, from: valueStart)
        }
        values[Int(field.rawValue)] = ByteRange(valueStart..<valueEnd)
        return valueEnd
    }

    private static func endOfValue(_ query: Span<UInt8>, from start: Int) -> Int {
        query.firstOffset(of: UInt8(ascii: "&"), from: start) ?? query.count
    }

    /// Finds the end of a field's value. Most values hold no escape and nothing to note: one pass
    /// tells those, as a percent sign may begin a merge tag too.
    private mutating func readValue(of field: TrackingField, _ query: Span<UInt8>, from start: Int) -> Int {
        var end = start
        var isPlain = true
        while end < query.count {
            let byte = query[end]
            if byte == UInt8(ascii: "&") { break }
            if MergeTag.canBegin(with: byte) { isPlain = false }
            end += 1
        }
        if !isPlain || end - start > LinkLimits.fieldBytesMax { note(field, value: query.extracting(start..<end)) }
        return end
    }

    /// True when a target begins as a URL that nobody encoded.
    private static func isRawTarget(_ value: Span<UInt8>) -> Bool {
        value.hasPrefixIgnoringASCIICase("https://") || value.hasPrefixIgnoringASCIICase("http://")
    }

    /// Looks at a value as it will be decoded and notes what is odd.
    private mutating func note(_ field: TrackingField, value: Span<UInt8>) {
        var cursor = PercentCursor()
        var tag = MergeTag()
        var decodedCount = 0
        while let byte = cursor.next(in: value) {
            tag.feed(byte)
            decodedCount += 1
        }
        if cursor.metBrokenEscape {
            broken.insert(field)
            repairs.insert(.brokenEscape)
        }
        if tag.isUnfilled || (cursor.metBrokenEscape && Self.holdsPercentTag(value)) {
            unfilled.insert(field)
            repairs.insert(.unfilledMergeTag)
        }
        if decodedCount > LinkLimits.fieldBytesMax {
            overlong.insert(field)
            repairs.insert(.overlongField)
        }
    }

    /// True when `%%` stands twice in the undecoded value. Decoding would hide the tag `%%address%%`, whose first three
    /// bytes behind the opening sign read as an escape.
    static func holdsPercentTag(_ value: Span<UInt8>) -> Bool {
        var pairs = 0
        var offset = 0
        while offset + 1 < value.count {
            if value[offset] == UInt8(ascii: "%"), value[offset + 1] == UInt8(ascii: "%") {
                pairs += 1
                offset += 1
            }
            offset += 1
        }
        return pairs >= 2
    }
}
