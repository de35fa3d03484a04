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
///
/// A link allocates its table once; whoever serves requests reads one link after the other into the same.
package struct TrackingLink: ~Copyable {
    /// Ranges of the fields that are present; what stands at the others is of an earlier query.
    private var values = FixedTable(count: TrackingField.count, of: ByteRange.empty)

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
    /// Fields but the target whose value is kept as it stands: no longer than `LinkLimits.fieldBytesMax`, without an
    /// escape or anything that an address could hide behind.
    package private(set) var plain: TrackingFieldSet = []
    /// Fields whose name is not known here. They never break a link.
    package private(set) var unknownFieldCount = 0
    /// True when the target was put into the query without encoding, so that it reaches to the query's end.
    package private(set) var targetIsRaw = false
    /// What was odd about the fields but the target, which `TargetPolicy.decide` looks at, and what was undone.
    package private(set) var repairs: LinkRepair = []
    /// True when the ranges lie in a query that was repaired, not in the one that was given.
    package private(set) var isRepaired = false
    /// True when a later `active_consent_accepted` says anything but `true`, whatever the first one says.
    package private(set) var refusesConsentLater = false
    /// True when something in the query looks like the damage that `QueryRepair` undoes.
    private var looksDamaged = false

    /// A link of no field.
    package init() {}

    /// Reads the query of a request into a link of its own. O(n).
    package static func read(query: Span<UInt8>) -> TrackingLink {
        var link = TrackingLink()
        link.read(query: query)
        return link
    }

    /// Reads the query of a request in place of what was read before, what mail systems did to it undone. O(n),
    /// allocates nothing.
    ///
    /// - Parameters:
    ///   - query: what stands behind the question mark; at most `LinkLimits.queryBytesMax` of it are read.
    ///   - repair: takes the query that the ranges lie in where `isRepaired` is true.
    package mutating func read(query: Span<UInt8>, repair: inout QueryRepair) {
        read(query: query)
        guard looksDamaged else { return }
        let undone = repair.repair(query.extracting(first: min(query.count, LinkLimits.queryBytesMax)))
        guard !undone.isEmpty else { return }
        let before = repairs.intersection([.tooManyFields, .lostFragment])
        read(repaired: repair.query)
        repairs.formUnion(undone.union(before))
        isRepaired = true
    }

    private mutating func read(repaired query: borrowing ByteBuffer) {
        query.withSpan { read(query: $0) }
    }

    /// Reads the query of a request as it stands. O(n), allocates nothing.
    package mutating func read(query: Span<UInt8>) {
        present = []
        repeated = []
        unfilled = []
        overlong = []
        broken = []
        plain = []
        unknownFieldCount = 0
        targetIsRaw = false
        repairs = []
        isRepaired = false
        refusesConsentLater = false
        looksDamaged = false
        let bounded = query.extracting(first: min(query.count, LinkLimits.queryBytesMax))
        var start = 0
        var fieldCount = 0
        while start < bounded.count && fieldCount < LinkLimits.fieldCountMax {
            let end = readField(of: bounded, from: start)
            if end > start { fieldCount += 1 }
            start = end + 1
        }
        if start < query.count { repairs.insert(.tooManyFields) }
        lookAtEnd(of: bounded)
    }

    /// Where the undecoded value of a field stands in the query, or nil when the query does not hold the field.
    @inline(__always)
    package func value(of field: TrackingField) -> ByteRange? {
        present.contains(field) ? values[Int(field.rawValue)] : nil
    }

    /// Reads the field that begins at `start` and returns the offset behind its value.
    private mutating func readField(of query: Span<UInt8>, from start: Int) -> Int {
        let nameEnd = query.firstOffset(from: start, to: query.count) {
            $0.equal(UInt8(ascii: "=")) | $0.equal(UInt8(ascii: "&"))
        }
        guard let field = TrackingField(nameIn: query, start..<nameEnd) else {
            let end = Self.endOfValue(query, from: nameEnd)
            if end > start {
                unknownFieldCount += 1
                lookAtName(query, start..<nameEnd, fieldEnd: end)
            }
            return end
        }
        let hasEquals = nameEnd < query.count && query[nameEnd] == UInt8(ascii: "=")
        let valueStart = hasEquals ? nameEnd + 1 : nameEnd
        if !hasEquals { repairs.insert(.lostEquals) }
        if present.isEmpty, QuotedPrintable.isEqualsCode(query, at: valueStart) { looksDamaged = true }
        guard !present.contains(field) else {
            repeated.insert(field)
            repairs.insert(.repeatedField)
            let valueEnd = Self.endOfValue(query, from: valueStart)
            if field == .activeConsentAccepted, !Self.isTrue(query.extracting(valueStart..<valueEnd)) {
                refusesConsentLater = true
            }
            return valueEnd
        }
        present.insert(field)
        let valueEnd: Int
        if field == .targetUrl {
            targetIsRaw = Self.isRawTarget(query.extracting(valueStart..<query.count))
            valueEnd = readTarget(query, from: valueStart)
        } else {
            valueEnd = readValue(of: field, query, from: valueStart)
        }
        values[Int(field.rawValue)] = ByteRange(valueStart..<valueEnd)
        return valueEnd
    }

    /// True for a value that is `true` when decoded.
    private static func isTrue(_ value: Span<UInt8>) -> Bool {
        var cursor = PercentCursor()
        return cursor.next(in: value) == UInt8(ascii: "t") && cursor.next(in: value) == UInt8(ascii: "r")
            && cursor.next(in: value) == UInt8(ascii: "u") && cursor.next(in: value) == UInt8(ascii: "e")
            && cursor.next(in: value) == nil
    }

    private static func endOfValue(_ query: Span<UInt8>, from start: Int) -> Int {
        query.firstOffset(from: start, to: query.count) { $0.equal(UInt8(ascii: "&")) }
    }

    /// Finds the end of a field's value and looks at the odd bytes in it. Most values hold none, and few of these mean
    /// anything: `%40` of an address, `%5B` before a number. What may is for `note`.
    @inline(__always)
    private mutating func readValue(of field: TrackingField, _ query: Span<UInt8>, from start: Int) -> Int {
        var value = ValueLook()
        var noted: UInt32 = 0
        let end = query.firstOffset(
            from: start, to: query.count, where: { $0.equal(UInt8(ascii: "&")) }, noting: ValueLook.oddities, in: &noted
        )
        if noted != 0 { value.look(at: query, start..<end) }
        if value.looksDamaged { looksDamaged = true }
        if value.isOdd || end &- start > LinkLimits.fieldBytesMax {
            note(field, value: query.extracting(start..<end))
        } else if value.isPlain {
            plain.insert(field)
        }
        return end
    }

    /// True when a target begins as a URL that nobody encoded.
    static func isRawTarget(_ value: Span<UInt8>) -> Bool {
        // Nearly every target is encoded, and its first word tells.
        let start = value.word(at: 0, to: min(value.count, 8)) | 0x2020_2020_2020_2020
        let beginsWithHTTP = start & 0xFF_FFFF_FFFF == 0x3A_7074_7468
        let beginsWithHTTPS = start & 0xFFFF_FFFF_FFFF == 0x3A73_7074_7468
        guard beginsWithHTTP || beginsWithHTTPS else { return false }
        return value.hasPrefixIgnoringASCIICase("https://") || value.hasPrefixIgnoringASCIICase("http://")
    }

    // MARK: What looks like damage

    /// An unknown name may be a known one behind what is left of an entity, or a piece of the target.
    private mutating func lookAtName(_ query: Span<UInt8>, _ name: Range<Int>, fieldEnd: Int) {
        for offset in name where Self.oddInNames.contains(query[offset]) {
            looksDamaged = true
            return
        }
        // A line that was broken within a name leaves its other half as a value.
        if QuotedPrintable.isEqualsCode(query, at: name.upperBound + 1) { looksDamaged = true }
    }

    /// Finds the end of the target. An equals sign in an encoded one, or an ampersand or a broken line in one that is
    /// not, may be residue.
    private mutating func readTarget(_ query: Span<UInt8>, from start: Int) -> Int {
        if targetIsRaw {
            let holdsAmpersand = query.firstOffset(of: UInt8(ascii: "&"), from: start) != nil
            if holdsAmpersand || QuotedPrintable.holdsLineBreak(query, start..<query.count) { looksDamaged = true }
            return query.count
        }
        var signs: UInt32 = 0
        let end = query.firstOffset(
            from: start, to: query.count, where: { $0.equal(UInt8(ascii: "&")) },
            noting: { $0.equal(UInt8(ascii: "=")) }, in: &signs)
        if signs != 0 || Self.beginsEncodedTwice(query.word(at: start, to: end)) { looksDamaged = true }
        return end
    }

    /// True for `http%25` and `https%25`: all of a query that was encoded twice begins so.
    ///
    /// - Parameter start: the target's first eight bytes, little-endian.
    private static func beginsEncodedTwice(_ start: UInt64) -> Bool {
        guard (start | 0x2020_2020) & 0xFFFF_FFFF == 0x7074_7468 else { return false }
        return (start &>> 32) & 0xFF_FFFF == 0x35_3225 || start &>> 40 == 0x35_3225
    }

    /// A query ends in an ampersand where a client took the `#` of `&#38;` for a fragment's; its last value may have
    /// something glued to it.
    private mutating func lookAtEnd(of query: Span<UInt8>) {
        guard query.count > 0 else { return }
        let last = query[query.count - 1]
        if last == UInt8(ascii: "&"), !targetIsRaw { repairs.insert(.lostFragment) }
        let target = value(of: .targetUrl)?.offsets
        let isTargetLast = target?.upperBound == query.count
        if !isTargetLast, GluedTail.mayEnd(with: last) || endsInEscapedSign(query) { looksDamaged = true }
    }

    private func endsInEscapedSign(_ query: Span<UInt8>) -> Bool {
        PercentCoding.escapedByte(in: query, at: query.count - 3).map { GluedTail.mayEnd(with: $0) } ?? false
    }

    private static let oddInNames: ByteSet = ";%#"

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

/// What the odd bytes of a value mean, found without decoding it.
struct ValueLook {
    /// Nothing in it is an escape, or may be an at sign however it is written.
    private(set) var isPlain = true
    /// An escape is broken, or a merge tag may begin.
    private(set) var isOdd = false
    /// An escape of a sign that only an encoder too many writes: an ampersand, a percent sign, a line end.
    private(set) var looksDamaged = false

    /// Marks what may begin an escape, a merge tag, or the at sign of an address.
    @inline(__always)
    static func oddities(_ block: ByteBlock) -> UInt32 {
        block.equal(UInt8(ascii: "%")) | block.equal(UInt8(ascii: "@")) | block.equal(UInt8(ascii: "{"))
            | block.equal(UInt8(ascii: "*")) | block.equal(UInt8(ascii: "$")) | block.equal(UInt8(ascii: "<"))
            | block.equal(UInt8(ascii: "[")) | block.equal(UInt8(ascii: "=")) | block.equal(0xEF)
    }

    /// Comparisons: a set would be made at its first use, and each look at it asks whether it was.
    @inline(__always)
    private static func isOddEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "%"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
        default: false
        }
    }

    /// Looks at the odd bytes of the value at `range`.
    mutating func look(at query: Span<UInt8>, _ range: Range<Int>) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            var odd = query.marks(at: offset, to: range.upperBound, Self.oddities)
            while odd != 0 {
                look(at: offset &+ odd.trailingZeroBitCount, of: query, range)
                odd &= odd &- 1
            }
            offset &+= ByteBlock.byteCount
        }
    }

    @inline(__always)
    private mutating func look(at place: Int, of query: Span<UInt8>, _ range: Range<Int>) {
        var byte = query[place]
        var next = place + 1
        if byte == UInt8(ascii: "%") {
            isPlain = false
            guard let decoded = PercentCoding.escapedByte(in: query, at: place) else {
                isOdd = true
                return
            }
            byte = decoded
            next = place + 3
            if Self.isOddEscape(byte) { looksDamaged = true }
        }
        if byte == UInt8(ascii: "@") || byte == 0xEF {
            isPlain = false
        } else if byte == UInt8(ascii: "=") {
            // Of a quoted-printable at sign.
            if next < range.upperBound, query[next] == UInt8(ascii: "4") { isPlain = false }
        } else if byte == UInt8(ascii: "[") {
            // Only around the whole value, and only before a letter (`MergeTag`).
            let following = next < range.upperBound ? query[next] : 0
            if place == range.lowerBound, following.isASCIILetter || following == UInt8(ascii: "%") { isOdd = true }
        } else if MergeTag.canBegin(with: byte) {
            isOdd = true
        }
    }
}
