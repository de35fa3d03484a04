package import Bytes

/// Undoes what mail systems do to a query as a whole: to its signs, and to the fields beside the target.
///
/// **Problem.** A link passes through encoders that were meant for other text: HTML escapes its ampersands and equals
/// signs, quoted-printable breaks its lines, a proxy encodes it once more. The fields are then named `amp;sec`, hold
/// `3D8781202`, or fall apart.
///
/// **Shape.** `TrackingLink.read` sees in passing whether anything looks like damage, and asks here only then. Each
/// step copies the query and undoes one kind of damage where it can't be anything else; what may have been meant stays.
/// The target's own text is `TargetReader`'s.
///
/// O(n), no allocation.
package struct QueryRepair: ~Copyable {
    /// The query as it was repaired last.
    package private(set) var query: ByteBuffer
    private var copy: ByteBuffer

    /// Makes room for a query of `bytesMax` bytes; memory is taken as it is used.
    package init(bytesMax: Int) {
        // An ampersand that belongs to the target is encoded: three bytes for one.
        query = ByteBuffer(capacity: 3 * bytesMax + 1)
        copy = ByteBuffer(capacity: 3 * bytesMax + 1)
    }

    /// Repairs a query.
    ///
    /// - Returns: what was undone; when it is nothing, `query` is of no use.
    mutating func repair(_ given: Span<UInt8>) -> LinkRepair {
        query.removeAll()
        query.append(given)
        var repairs: LinkRepair = []
        repairs.formUnion(step(QuotedPrintable.undo))
        repairs.formUnion(step(EntitySigns.undo))
        repairs.formUnion(step(EncodedTwice.undo))
        repairs.formUnion(step(TornTarget.undo))
        repairs.formUnion(step(GluedTail.undo))
        return repairs
    }

    /// Runs one step and keeps its outcome if it changed anything.
    private mutating func step(_ undo: (Span<UInt8>, inout ByteBuffer) -> LinkRepair) -> LinkRepair {
        copy.removeAll()
        let repairs = Self.run(undo, on: query, into: &copy)
        if !repairs.isEmpty { swap(&query, &copy) }
        return repairs
    }

    private static func run(
        _ undo: (Span<UInt8>, inout ByteBuffer) -> LinkRepair, on query: borrowing ByteBuffer,
        into copy: inout ByteBuffer
    ) -> LinkRepair {
        query.withSpan { undo($0, &copy) }
    }
}

/// Residue of quoted-printable (RFC 2045, 6.7): `=3D` for `=`, and lines that were broken by a `=` at their end.
enum QuotedPrintable {
    /// Copies a query without it.
    ///
    /// `=3D` is undone where every equals sign of a field is one; a soft line break wherever it stands in a value.
    static func undo(_ query: Span<UInt8>, into copy: inout ByteBuffer) -> LinkRepair {
        let isQuoted = everyEqualsIsQuoted(query)
        var repairs: LinkRepair = []
        var isInValue = false
        var offset = 0
        while offset < query.count {
            let byte = query[offset]
            if byte == UInt8(ascii: "=") {
                let breakEnd = isQuoted || isInValue ? endOfLineBreak(query, from: offset + 1) : nil
                if let breakEnd {
                    repairs.insert(.softLineBreak)
                    offset = breakEnd
                    continue
                }
                copy.append(byte)
                isInValue = true
                offset += 1
                if isQuoted, isEqualsCode(query, at: offset) {
                    repairs.insert(.quotedPrintableEquals)
                    offset += 2
                }
                continue
            }
            if byte == UInt8(ascii: "&") { isInValue = false }
            copy.append(byte)
            offset += 1
        }
        return repairs
    }

    /// True when `3D` stands at `offset`.
    static func isEqualsCode(_ text: Span<UInt8>, at offset: Int) -> Bool {
        offset + 1 < text.count && text[offset] == UInt8(ascii: "3")
            && text[offset + 1].asciiLowercased == UInt8(ascii: "d")
    }

    /// True when `3D` stands behind the first equals sign of every field, and one of them is known.
    private static func everyEqualsIsQuoted(_ query: Span<UInt8>) -> Bool {
        var cursor = QueryFieldCursor()
        var isAnyKnown = false
        while let field = cursor.next(in: query) {
            guard field.hasEquals else { continue }
            guard
                isEqualsCode(query, at: field.value.lowerBound)
                    || endOfLineBreak(query, from: field.value.lowerBound) != nil
            else { return false }
            if field.field != nil, isEqualsCode(query, at: field.value.lowerBound) { isAnyKnown = true }
        }
        return isAnyKnown
    }

    /// True when a line was broken in the range: an equals sign stands before the end of one.
    static func holdsLineBreak(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var offset = range.lowerBound
        while true {
            offset = text.firstOffset(from: offset, to: range.upperBound) { $0.equal(UInt8(ascii: "=")) }
            guard offset < range.upperBound else { return false }
            if endOfLineBreak(text, from: offset + 1) != nil { return true }
            offset += 1
        }
    }

    /// The offset behind a line end, plain or percent-encoded, or nil where none stands.
    private static func endOfLineBreak(_ text: Span<UInt8>, from start: Int) -> Int? {
        var offset = start
        if let next = end(of: 0x0D, text, from: offset) { offset = next }
        return end(of: 0x0A, text, from: offset)
    }

    private static func end(of control: UInt8, _ text: Span<UInt8>, from offset: Int) -> Int? {
        guard offset < text.count else { return nil }
        if text[offset] == control { return offset + 1 }
        return PercentCoding.escapedByte(in: text, at: offset) == control ? offset + 3 : nil
    }
}

/// Signs of the query that HTML or a template engine escaped: `&amp;`, `&#38;`, `&#x3D;` and their like, and ampersands
/// that were escaped first and then percent-encoded (`%26amp%3B`).
enum EntitySigns {
    /// Copies a query with its signs plain.
    static func undo(_ query: Span<UInt8>, into copy: inout ByteBuffer) -> LinkRepair {
        var repairs: LinkRepair = []
        var offset = 0
        /// Where the target stands; an encoded one's bytes are its own.
        var target = TargetPlace(value: 0..<0, isRaw: false)
        var isFieldStart = true
        while offset < query.count {
            if isFieldStart { target = TargetPlace(query, from: offset) ?? target }
            isFieldStart = false
            let isInEncodedTarget = !target.isRaw && target.value.contains(offset)
            if !isInEncodedTarget {
                if let entity = HTMLEntity(in: query, at: offset) {
                    repairs.insert(entity.repair)
                    copy.append(entity.byte)
                    offset = entity.end
                    isFieldStart = entity.byte == UInt8(ascii: "&")
                    continue
                }
            }
            if !target.isRaw, let end = encodedSeparator(query, at: offset, inEncodedTarget: isInEncodedTarget) {
                repairs.insert(.encodedEntity)
                copy.append(UInt8(ascii: "&"))
                offset = appendName(query, from: end, into: &copy)
                target = TargetPlace(value: 0..<0, isRaw: false)
                isFieldStart = false
                continue
            }
            isFieldStart = query[offset] == UInt8(ascii: "&")
            copy.append(query[offset])
            offset += 1
        }
        return repairs
    }

    /// A target's value in a query.
    private struct TargetPlace {
        let value: Range<Int>
        let isRaw: Bool

        init(value: Range<Int>, isRaw: Bool) {
            self.value = value
            self.isRaw = isRaw
        }

        /// The target whose name begins at `start`; nil where another name does.
        init?(_ query: Span<UInt8>, from start: Int) {
            guard query.extracting(start..<query.count).hasPrefix("targetUrl=") else { return nil }
            let valueStart = start + 10
            isRaw = TrackingLink.isRawTarget(query.extracting(valueStart..<query.count))
            let end = isRaw ? nil : query.firstOffset(of: UInt8(ascii: "&"), from: valueStart)
            value = valueStart..<(end ?? query.count)
        }
    }

    /// The offset behind a `%26amp%3B` that separates two fields: the name of a known one and its equals sign follow.
    /// In an encoded target that sign has to be plain: one of the target's own would be an escape.
    private static func encodedSeparator(
        _ query: Span<UInt8>, at offset: Int, inEncodedTarget: Bool
    ) -> Int? {
        guard PercentCoding.escapedByte(in: query, at: offset) == UInt8(ascii: "&") else { return nil }
        guard let entity = HTMLEntity(behindAmpersand: query, at: offset + 3), entity.byte == UInt8(ascii: "&") else {
            return nil
        }
        guard let (_, end) = name(query, from: entity.end) else { return nil }
        return inEncodedTarget && query[end - 1] != UInt8(ascii: "=") ? nil : entity.end
    }

    /// A known name and the offset behind its equals sign, plain or percent-encoded.
    private static func name(_ query: Span<UInt8>, from start: Int) -> (name: Range<Int>, end: Int)? {
        var end = start
        while end < query.count, query[end].isASCIILetter { end += 1 }
        guard TrackingField(nameIn: query, start..<end) != nil, end < query.count else { return nil }
        if query[end] == UInt8(ascii: "=") { return (start..<end, end + 1) }
        return PercentCoding.escapedByte(in: query, at: end) == UInt8(ascii: "=") ? (start..<end, end + 3) : nil
    }

    private static func appendName(_ query: Span<UInt8>, from start: Int, into copy: inout ByteBuffer) -> Int {
        guard let (name, end) = name(query, from: start) else { return start }
        copy.append(query.extracting(name))
        copy.append(UInt8(ascii: "="))
        return end
    }
}

/// A query that was percent-encoded once more as a whole: every escape in it is one of a percent sign.
enum EncodedTwice {
    /// Copies a query with its escapes as they were, if its target begins with an escape of an escape.
    static func undo(_ query: Span<UInt8>, into copy: inout ByteBuffer) -> LinkRepair {
        guard isWholly(query) else { return [] }
        var offset = 0
        while offset < query.count {
            copy.append(query[offset])
            offset += query[offset] == UInt8(ascii: "%") ? 3 : 1
        }
        return .doubleEncoded
    }

    private static func isWholly(_ query: Span<UInt8>) -> Bool {
        var offset = query.firstOffset(of: UInt8(ascii: "%")) ?? query.count
        while offset < query.count {
            guard PercentCoding.escapedByte(in: query, at: offset) == UInt8(ascii: "%") else { return false }
            offset = query.firstOffset(of: UInt8(ascii: "%"), from: offset + 1) ?? query.count
        }
        var cursor = QueryFieldCursor()
        while let field = cursor.next(in: query) {
            guard field.field == .targetUrl else { continue }
            let value = query.extracting(field.value)
            return value.hasPrefixIgnoringASCIICase("https%253A") || value.hasPrefixIgnoringASCIICase("http%253A")
        }
        return false
    }
}

/// A target whose own ampersands were decoded on the way, so that it fell apart into fields. The rest of it is encoded
/// still, which tells its fields from others: `&y%3D2`.
enum TornTarget {
    /// Copies a query with the pieces that follow the target joined to it.
    static func undo(_ query: Span<UInt8>, into copy: inout ByteBuffer) -> LinkRepair {
        var repairs: LinkRepair = []
        var cursor = QueryFieldCursor()
        var isBehindTarget = false
        var isFirst = true
        while let field = cursor.next(in: query) {
            let isPiece = isBehindTarget && isPiece(query, field)
            if isPiece {
                copy.append("%26")
                repairs.insert(.decodedAmpersand)
            } else if !isFirst {
                copy.append(UInt8(ascii: "&"))
            }
            isFirst = false
            copy.append(query.extracting(field.name.lowerBound..<field.value.upperBound))
            isBehindTarget =
                isPiece || (field.field == .targetUrl && !field.isRawTarget && hasQuery(query, field.value))
        }
        return repairs
    }

    /// True when the name of the field ends in an equals sign that is encoded.
    private static func isPiece(_ query: Span<UInt8>, _ field: QueryFieldCursor.Field) -> Bool {
        guard field.field == nil, !field.hasEquals else { return false }
        return contains(UInt8(ascii: "="), query, field.name)
    }

    private static func hasQuery(_ query: Span<UInt8>, _ value: Range<Int>) -> Bool {
        contains(UInt8(ascii: "?"), query, value)
    }

    /// True when the escape of a byte stands in the range.
    private static func contains(_ byte: UInt8, _ query: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for offset in range where query[offset] == UInt8(ascii: "%") {
            if PercentCoding.escapedByte(in: query, at: offset) == byte { return true }
        }
        return false
    }
}
