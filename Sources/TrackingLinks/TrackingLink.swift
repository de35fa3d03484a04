package import Bytes

/// The query of a tracking link, read: where each known field stands and what was odd about it.
///
/// **Problem.** Links come back from mail systems in every state: fields in any order, missing, repeated, joined by
/// others, damaged. The person behind the click must get where the link says all the same, and the event must say what
/// was read.
///
/// **Shape.** Everything in this room is a pure function over bytes. A link is a table of ranges into the query that it
/// was read from; nothing is copied or decoded until it is asked for. `TargetPolicy.decide` takes a link and a section's
/// policy and says what to answer; the server and `tremolo explain` both go through it.
///
/// **Guarantees.** No bytes make reading fail, trap or take more than linear time. Names are compared byte for byte. The
/// first of repeated fields counts. Percent-decoding happens once and is nothing else: a `+` stays a plus, a broken
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
        let end = min(query.count, LinkLimits.queryBytesMax)
        var start = 0
        var fieldCount = 0
        while start < end && fieldCount < LinkLimits.fieldCountMax {
            start = link.readField(of: query, from: start, to: end) + 1
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
    private mutating func readField(of query: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var nameEnd = start
        while nameEnd < end, query[nameEnd] != UInt8(ascii: "="), query[nameEnd] != UInt8(ascii: "&") { nameEnd += 1 }
        let valueStart = nameEnd < end && query[nameEnd] == UInt8(ascii: "=") ? nameEnd + 1 : nameEnd
        var valueEnd = valueStart
        while valueEnd < end, query[valueEnd] != UInt8(ascii: "&") { valueEnd += 1 }

        guard let field = TrackingField(name: query.extracting(start..<nameEnd)) else {
            if valueEnd > start { unknownFieldCount += 1 }
            return valueEnd
        }
        guard !present.contains(field) else {
            repeated.insert(field)
            repairs.insert(.repeatedField)
            return valueEnd
        }
        present.insert(field)
        if field == .targetUrl {
            targetIsRaw = Self.isRawTarget(query.extracting(valueStart..<end))
            if targetIsRaw { valueEnd = end }
        } else {
            note(field, value: query.extracting(valueStart..<valueEnd))
        }
        values[Int(field.rawValue)] = ByteRange(valueStart..<valueEnd)
        return valueEnd
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
