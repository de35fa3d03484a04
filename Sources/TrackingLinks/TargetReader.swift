import Bytes

/// Reads a target as it stands in a query: decodes it, undoes what mail systems did to it, and takes it apart.
///
/// Each kind of damage is undone where the text can't be meant as it stands, and never touches what stands before the
/// path, so that no repair leads to a host that the target did not name.
enum TargetReader {
    /// What reading gave.
    struct Reading {
        /// The target, its ranges in the buffer that took the URL; nil for text that is no usable URL.
        var target: Target?
        /// Why there is none.
        var refusal = TargetRefusal.notAbsolute
        /// What was odd about the text, and what was undone.
        var repairs: LinkRepair
    }

    /// How a target stands in its query.
    struct Place: Equatable {
        /// It was put in without encoding.
        var isRaw: Bool
        /// Nothing of the query stands behind it.
        var isLast: Bool

        init(isRaw: Bool, isLast: Bool) {
            self.isRaw = isRaw
            self.isLast = isLast
        }

        /// How the target of a link stands that has one.
        init(of link: borrowing TrackingLink, in query: Span<UInt8>) {
            isRaw = link.targetIsRaw
            isLast = link.value(of: .targetUrl)?.offsets.upperBound == query.count
        }
    }

    /// Reads a target.
    ///
    /// - Parameters:
    ///   - value: as it stands in the query.
    ///   - isLiteral: true reads it as it stands, without undoing anything.
    ///   - text: takes the decoded text.
    ///   - spare: room of the same size.
    ///   - url: takes the normalised URL.
    static func read(
        _ value: Span<UInt8>, _ place: Place, isLiteral: Bool = false, names: HostList, text: inout ByteBuffer,
        spare: inout ByteBuffer, url: inout ByteBuffer
    ) -> Reading {
        var repairs: LinkRepair = []
        let end = place.isLast && !isLiteral ? GluedTail.end(of: value) : value.count
        if end < value.count { repairs.insert(.gluedTail) }
        let whole = value.extracting(0..<end)
        text.removeAll()
        if place.isRaw {
            text.append(whole)
        } else if PercentCoding.decode(whole, into: &text).brokenEscapes {
            repairs.insert(.brokenEscape)
            if TrackingLink.holdsPercentTag(whole) { repairs.insert(.unfilledMergeTag) }
        }
        if !isLiteral {
            repairs.formUnion(undoEncodings(&text, &spare))
            repairs.formUnion(undoEntities(&text, &spare, isRaw: place.isRaw))
        }
        repairs.formUnion(text.withSpan { notes(on: $0) })
        let start = url.count
        do throws(TargetRefusal) {
            let target = try parse(text, names: names, into: &url)
            guard url.count - start <= LinkLimits.targetBytesMax else { throw .tooLong }
            return Reading(target: target, repairs: repairs)
        } catch {
            url.truncate(to: start)
            return Reading(target: nil, refusal: error, repairs: repairs)
        }
    }

    private static func parse(
        _ text: borrowing ByteBuffer, names: HostList, into url: inout ByteBuffer
    ) throws(TargetRefusal) -> Target {
        let result = text.withSpan { bytes in
            Result { () throws(TargetRefusal) in try Target.read(bytes, names: names, into: &url) }
        }
        return try result.get()
    }

    // MARK: Damage

    /// How often a target may have been encoded beyond the first time.
    private static let encodingsMax = 3

    /// Decodes a text again that begins with `https%3A` or, from quoted-printable, with `3Dhttp`.
    private static func undoEncodings(_ text: inout ByteBuffer, _ spare: inout ByteBuffer) -> LinkRepair {
        var repairs: LinkRepair = []
        if text.withSpan({ QuotedPrintable.isEqualsCode($0, at: 0) && beginsWithScheme($0, from: 2) }) {
            text.removeFirst(2)
            repairs.insert(.quotedPrintableEquals)
        }
        for _ in 0..<encodingsMax {
            guard text.withSpan({ beginsWithEncodedScheme($0) }) else { break }
            decode(text, into: &spare)
            swap(&text, &spare)
            repairs.insert(.doubleEncoded)
        }
        return repairs
    }

    private static func beginsWithScheme(_ text: Span<UInt8>, from start: Int) -> Bool {
        text.extracting(start..<text.count).hasPrefixIgnoringASCIICase("http")
    }

    /// True for `http` or `https`, any number of `%25` read as `%`, and `%3A`.
    private static func beginsWithEncodedScheme(_ text: Span<UInt8>) -> Bool {
        guard text.hasPrefixIgnoringASCIICase("http") else { return false }
        var offset = 4
        if offset < text.count, text[offset].asciiLowercased == UInt8(ascii: "s") { offset += 1 }
        guard offset < text.count, text[offset] == UInt8(ascii: "%") else { return false }
        offset += 1
        while offset + 1 < text.count, text[offset] == UInt8(ascii: "2"), text[offset + 1] == UInt8(ascii: "5") {
            offset += 2
        }
        return text.extracting(offset..<text.count).hasPrefixIgnoringASCIICase("3a")
    }

    private static func decode(_ text: borrowing ByteBuffer, into spare: inout ByteBuffer) {
        spare.removeAll()
        text.withSpan { _ = PercentCoding.decode($0, into: &spare) }
    }

    /// Undoes character references behind the authority.
    private static func undoEntities(
        _ text: inout ByteBuffer, _ spare: inout ByteBuffer, isRaw: Bool
    ) -> LinkRepair {
        let first = text.withSpan { firstEntity(in: $0) }
        guard let first else { return [] }
        let named: LinkRepair = isRaw ? .ampersandEntity : .encodedEntity
        let repairs = copyWithoutEntities(text, from: first, named: named, into: &spare)
        swap(&text, &spare)
        return repairs
    }

    /// Where the first character reference of the path, query or fragment stands.
    private static func firstEntity(in text: Span<UInt8>) -> Int? {
        guard var offset = text.firstOffset(of: UInt8(ascii: "&")) else { return nil }
        let pathStart = startOfPath(text)
        while true {
            if offset >= pathStart, HTMLEntity(in: text, at: offset) != nil { return offset }
            guard let next = text.firstOffset(of: UInt8(ascii: "&"), from: offset + 1) else { return nil }
            offset = next
        }
    }

    /// Where the authority of a URL ends; the text's end where there is none.
    private static func startOfPath(_ text: Span<UInt8>) -> Int {
        guard let colon = text.firstOffset(of: UInt8(ascii: ":")) else { return text.count }
        var offset = colon + 1
        while offset < text.count, text[offset] == UInt8(ascii: "/") { offset += 1 }
        while offset < text.count, !endsAuthority.contains(text[offset]) { offset += 1 }
        return offset
    }

    private static func copyWithoutEntities(
        _ text: borrowing ByteBuffer, from first: Int, named: LinkRepair, into spare: inout ByteBuffer
    ) -> LinkRepair {
        spare.removeAll()
        return text.withSpan { bytes in
            var repairs: LinkRepair = []
            spare.append(bytes.extracting(0..<first))
            var offset = first
            while offset < bytes.count {
                guard let entity = HTMLEntity(in: bytes, at: offset) else {
                    spare.append(bytes[offset])
                    offset += 1
                    continue
                }
                repairs.formUnion(entity.repair == .ampersandEntity ? named : entity.repair)
                spare.append(entity.byte)
                offset = entity.end
            }
            return repairs
        }
    }

    /// What is odd about a target's text.
    private static func notes(on text: Span<UInt8>) -> LinkRepair {
        var notes: LinkRepair = []
        let nonASCII = text.firstOffset(from: 0, to: text.count) { ~$0.atMost(0x7F) & 0xFFFF }
        if nonASCII < text.count { notes.insert(.rawNonASCII) }
        if MergeTag.isUnfilled(text) { notes.insert(.unfilledMergeTag) }
        return notes
    }

    private static let endsAuthority: ByteSet = "/?#\\"
}
