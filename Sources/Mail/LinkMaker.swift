import Bytes
package import TrackingLinks

/// The fields of a campaign's links, as text that may hold template code.
package struct CampaignFields: Equatable, Sendable {
    /// Values by field; a field that is not here stands in no link. `targetUrl`, `tlink` and `tsig` are the link's own.
    package var values: [TrackingField: String]

    /// Makes fields.
    package init(_ values: [TrackingField: String]) {
        self.values = values
    }

    /// The order in which links carry them.
    static let order: [TrackingField] = [
        .cuid, .cuidType, .sec, .expId, .expVer, .expVisitId, .mech, .smech, .va,
    ]
}

/// A click's link that was made.
struct MadeLink {
    /// The link, as it stands in its surroundings.
    let pieces: [MailPiece]
    /// True where its target stands raw.
    let isRaw: Bool
    /// What its signature covers; nil where it has none.
    let signature: SignatureScope?
}

/// Makes tracking links whose fields and targets may hold template code, and the pixel.
///
/// Text is percent-encoded as `LinkBuilder` does it. A value that code prints is encoded by the sender's own filter.
/// Where it has none, a field's value stands as it is printed, and the target stands raw: the edge reads a target that
/// begins with `http://` or `https://` to the link's end, so that nothing in it needs encoding.
struct LinkMaker {
    let base: TrackingBase
    let syntax: TemplateSyntax
    private let stamp: LinkStamp?
    private let fields: [(field: TrackingField, parts: [LinkPart])]

    init(base: TrackingBase, fields: CampaignFields, reader: LinkTextReader, stamp: LinkStamp? = nil) {
        self.base = base
        self.stamp = stamp
        syntax = reader.syntax
        self.fields = CampaignFields.order.compactMap { field in
            fields.values[field].map { (field, reader.parts(of: Array($0.utf8))) }
        }
    }

    /// A click's link to a target.
    ///
    /// - Parameters:
    ///   - target: where it leads; nil for a link that somebody appends a target to.
    ///   - label: the link's `tlink`, if it has one.
    ///   - surroundings: what it is written into.
    func click(target: [LinkPart]?, label: [LinkPart]?, in surroundings: LinkSurroundings) -> MadeLink {
        var link = start(.click, in: surroundings)
        if let label { appendField(.tlink, label, to: &link, surroundings) }
        let signature = signature(of: target)
        if let signature {
            appendName(.tsig, to: &link, surroundings)
            link.append { $0 += signature.token }
        }
        guard let target else { return MadeLink(pieces: link.pieces, isRaw: false, signature: signature?.scope) }
        let isRaw = target.contains {
            if case .value(_, let kind) = $0 { syntax.tags[kind].encoding == nil } else { false }
        }
        appendName(.targetUrl, to: &link, surroundings)
        if isRaw {
            appendRaw(target, to: &link, surroundings)
        } else {
            appendEncoded(target, isTarget: true, to: &link, surroundings)
        }
        return MadeLink(pieces: link.pieces, isRaw: isRaw, signature: signature?.scope)
    }

    private func signature(of target: [LinkPart]?) -> (token: [UInt8], scope: SignatureScope)? {
        guard let stamp else { return nil }
        var query = MailPieces()
        for entry in fields where !LinkStamp.uncovered.contains(entry.field) {
            appendName(entry.field, to: &query, .json)
            appendEncoded(entry.parts, isTarget: false, to: &query, .json)
        }
        guard case .text(let bytes)? = query.pieces.first, query.pieces.count == 1 else { return nil }
        var encoded: [UInt8]?
        if case .text(let text)? = target?.first, target?.count == 1 {
            encoded = LinkBuilder.encodedTarget(text)
        }
        return stamp.token(query: Array(bytes.dropFirst()), target: encoded)
    }

    /// The pixel: an image in exactly the shape that keeps mail clients from showing it.
    func pixel(in surroundings: LinkSurroundings) -> MailPieces {
        var image = MailPieces()
        image.append { surroundings == .json ? surroundings.append("<img src=\"".utf8, to: &$0) : ($0 += Self.before) }
        // In JSON the image is HTML inside of a string: its link has HTML's `&amp;`, which JSON leaves alone.
        for piece in start(.open, in: .html).pieces {
            switch piece {
            case .text(let bytes): image.append { $0 += bytes }
            case .column(let column, let encoding): image.append(column, encoding)
            }
        }
        image.append { surroundings == .json ? surroundings.append(Self.after, to: &$0) : ($0 += Self.after) }
        return image
    }

    private static let before = Array("<img src=\"".utf8)
    private static let after = Array(
        ("\" alt=\"\" width=\"1\" border=\"0\" height=\"1\" style=\"height:1px!important; width:1px!important; "
            + "border-width:0!important; margin-top:0!important; margin-bottom:0!important; margin-right:0!important; "
            + "margin-left:0!important; padding-top:0!important; padding-bottom:0!important; "
            + "padding-right:0!important; padding-left:0!important;\">").utf8)

    /// A link that no person sees: nothing stands in it, clients don't lay it out, and neither the keyboard nor a
    /// screen reader comes to it. Text that is hidden, or of no size, is what spam filters look for: there is none.
    ///
    /// - Parameters:
    ///   - target: a URL of a page of the sender's.
    ///   - mark: the attribute that keeps the mail service from replacing the link.
    func decoy(target: [UInt8], mark: SenderProfile.Mark?) -> MailPieces {
        var decoy = MailPieces()
        decoy.append(literal: "<a\(mark.map { " \($0.name)=\"\($0.value)\"" } ?? "") href=\"")
        let link = click(
            target: [.text(target)], label: [.text(Array(DecoyLink.label.utf8))], in: .html)
        for piece in link.pieces {
            switch piece {
            case .text(let bytes): decoy.append { $0 += bytes }
            case .column(let column, let encoding): decoy.append(column, encoding)
            }
        }
        decoy.append(
            literal: "\" style=\"display:none;mso-hide:all\" aria-hidden=\"true\" tabindex=\"-1\"></a>")
        return decoy
    }

    // MARK: Fields

    private func start(_ resource: TrackingResource, in surroundings: LinkSurroundings) -> MailPieces {
        var link = MailPieces()
        link.append(literal: "\(base.text)\(resource.path)")
        for entry in fields { appendField(entry.field, entry.parts, to: &link, surroundings) }
        return link
    }

    private func appendField(
        _ field: TrackingField, _ parts: [LinkPart], to link: inout MailPieces, _ surroundings: LinkSurroundings
    ) {
        appendName(field, to: &link, surroundings)
        appendEncoded(parts, isTarget: false, to: &link, surroundings)
    }

    private func appendName(
        _ field: TrackingField, to link: inout MailPieces, _ surroundings: LinkSurroundings
    ) {
        let separator = link.fieldCount == 0 ? "?" : "&"
        link.fieldCount += 1
        link.append { bytes in
            surroundings.append(separator.utf8, to: &bytes)
            bytes += Array("\(field.name)=".utf8)
        }
    }

    // MARK: Values

    /// Appends parts percent-encoded. Nothing of a target stays as it is; a field's value that can't be encoded, or is
    /// encoded already, does. The last byte of a target must not pass for one that was glued on: where code of the
    /// sender prints it, nothing can be known of it.
    private func appendEncoded(
        _ parts: [LinkPart], isTarget: Bool, to link: inout MailPieces, _ surroundings: LinkSurroundings
    ) {
        let whole = isTarget ? [] : parts.flattened
        let first = parts.firstPrinted
        for (index, part) in parts.enumerated() {
            switch part {
            case .text(let text):
                let isEnd = isTarget && index == parts.count - 1
                let whole = isTarget && index == first && !isEnd ? Self.withTwoSlashes(text) : text
                link.append { isEnd ? $0 += LinkBuilder.encodedTarget(text) : Self.appendEncoded(whole, to: &$0) }
            case .column(let column):
                let isWhole = !isTarget || index == first
                if isTarget, index == parts.count - 1 {
                    link.append(column, isWhole ? .targetEnd : .componentEnd)
                } else {
                    link.append(column, isWhole ? .percent : .percentTwice)
                }
            case .value(let tag, let kind):
                let code = filtered(tag, kind: kind, unlessIn: whole)
                link.append { surroundings.appendCode(code, to: &$0) }
            case .control(let code): link.append { surroundings.appendCode(code, to: &$0) }
            }
        }
    }

    /// Appends text with everything but letters, digits and `-._~` percent-encoded.
    static func appendEncoded(_ text: [UInt8], to bytes: inout [UInt8]) {
        var buffer = ByteBuffer(capacity: text.count * 3 + 1)
        PercentCoding.encode(text.span, into: &buffer)
        bytes += buffer.toArray()
    }

    /// The tag that prints the same encoded, or the tag itself: where there is none, or where whoever wrote the value
    /// has put the filter there.
    private func filtered(_ tag: [UInt8], kind: Int, unlessIn whole: [UInt8]) -> [UInt8] {
        guard let encoding = syntax.tags[kind].encoding else { return tag }
        let code = Array(syntax.code(of: tag[...], kind: kind))
        let filtered = encoding.before + code + encoding.after
        if whole.isEmpty { return filtered }
        let filter = syntax.code(of: (syntax.tags[kind].open + encoding.after)[...], kind: kind)
        let hasFilter = !filter.isEmpty && code.contains(filter) || whole.contains(filtered[...])
        return hasFilter ? tag : filtered
    }

    /// Appends a target as the edge reads a raw one: what a URL can't hold is percent-encoded, as a browser would, and
    /// nothing else.
    private func appendRaw(_ parts: [LinkPart], to link: inout MailPieces, _ surroundings: LinkSurroundings) {
        let first = parts.firstPrinted
        for (index, part) in parts.enumerated() {
            switch part {
            case .text(let text):
                let whole = index == first ? Self.withTwoSlashes(text) : text
                let encoded = Self.rawEncoded(whole)
                let written = index == parts.count - 1 ? Self.withoutLooseEnd(encoded) : encoded
                link.append { surroundings.append(written, to: &$0) }
            case .column(let column):
                link.append(column, index == first ? .url(surroundings) : .percent)
            case .value(let code, _), .control(let code):
                link.append { surroundings.appendCode(code, to: &$0) }
            }
        }
    }

    /// `https:example.com` and `https:\\example.com` as `https://example.com`, which is how browsers read them (WHATWG
    /// URL, 4.4, special authority slashes state): a raw target is known by its two slashes, and an encoded one is
    /// refused with a backslash there.
    static func withTwoSlashes(_ text: [UInt8]) -> [UInt8] {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return text }
        let rest = text[(colon + 1)...].drop { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        return text[...colon] + Array("//".utf8) + rest
    }

    /// With a final full stop, comma or bracket as an escape of the URL, so that it can't pass for one that was glued
    /// on. A raw target is not decoded, so that there is no such way for a quote.
    private static func withoutLooseEnd(_ text: [UInt8]) -> [UInt8] {
        switch text.last {
        case UInt8(ascii: "."): text.dropLast() + Array("%2E".utf8)
        case UInt8(ascii: ","): text.dropLast() + Array("%2C".utf8)
        case UInt8(ascii: ")"): text.dropLast() + Array("%29".utf8)
        default: text
        }
    }

    /// Percent-encodes what no URL holds, braces and quotes among it, and each `%` that begins no escape.
    static func rawEncoded(_ text: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for (offset, byte) in text.enumerated() {
            if urlBytes.contains(byte) || PercentCoding.escapedByte(in: text.span, at: offset) != nil {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return encoded
    }

    private static let urlBytes = ByteSet.unreserved.union(":/?#[]@!$&()*+,;=")
}

extension [UInt8] {
    /// True when the other bytes stand in these in one piece.
    func contains(_ other: ArraySlice<UInt8>) -> Bool {
        guard count >= other.count else { return false }
        return (0...count - other.count).contains { self[$0..<$0 + other.count].elementsEqual(other) }
    }
}
