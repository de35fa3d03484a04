package import TrackingLinks

/// A link of a mail as whoever looks at the mail sees it.
package struct MailLink: Equatable, Sendable {
    /// What carries it.
    package let element: MailElement
    /// The line that its element, or its string, begins in; the first is 1.
    package let line: Int
    /// The link as text, code as it is written; columns of recipients left out.
    package let text: [UInt8]
    /// What is to be done with it.
    package let verdict: LinkVerdict
    /// True where its target stands raw behind `targetUrl=`, because the sender can't encode what its code prints.
    package let isRaw: Bool
    /// True where code prints the link's beginning, so that nobody knows yet where it leads.
    package let isWholeTag: Bool
    /// The first code in it that prints a value, as it is written; empty where there is none.
    package let code: [UInt8]
    /// Code of another template language than the sender's, which stands as text; empty where there is none.
    package let foreignCode: [UInt8]
    /// What the signature covers that it was given; nil for none.
    package let signature: SignatureScope?
}

extension MailLink {
    /// True for a tracking link that no person sees.
    package var isDecoy: Bool {
        verdict == .tracking(.click) && text.contains(Array("tlink=\(DecoyLink.label)".utf8))
    }

    init(_ found: FoundLink, _ made: MadeLink? = nil, line: Int) {
        let first = found.parts.firstPrinted.map { found.parts[$0] }
        let isWholeTag =
            switch first {
            case .value, .column: true
            default: false
            }
        var code: [UInt8] = []
        for case .value(let text, _) in found.parts {
            code = text
            break
        }
        self.init(
            element: found.element, line: line, text: found.parts.flattened, verdict: found.verdict,
            isRaw: made?.isRaw ?? false, isWholeTag: isWholeTag, code: code,
            foreignCode: made.flatMap { _ in SenderProfile.foreignCode(in: found.parts) } ?? [],
            signature: made?.signature)
    }
}

/// A mail whose links are tracking links: the source, with pieces put in and links replaced.
package struct WrappedMail: Equatable, Sendable {
    /// Every link that was found, wrapped or not, in the mail's order.
    package let links: [MailLink]
    /// What there is of a pixel.
    package let pixel: Pixel
    /// True where the mail holds a link that no person sees, now or before.
    package let hasDecoy: Bool
    /// Variables of the tracker that stay unfilled, because nothing says what they stand for.
    package let unfilledVariables: [TrackingVariable]

    /// Code that prints a value and names no column of the recipients; empty where there are no recipients.
    package let unfilledCode: [Place]
    /// Code that names a column and stays, because it stands in a script, a style or a comment; empty where there are
    /// no recipients.
    package let untouchedCode: [Place]
    /// JSON pointers that were chosen and lead to no string.
    package let unmatchedPointers: [String]

    /// Something in the source, and its line; the first is 1.
    package struct Place: Equatable, Sendable {
        /// As it is written there.
        package let text: [UInt8]
        /// The line that it begins in.
        package let line: Int
    }

    /// What there is of a pixel.
    package enum Pixel: Equatable, Sendable {
        /// It was put in.
        case added
        /// The mail had one.
        case alreadyThere
        /// The mail has none: a payload without a variable for it.
        case none
    }

    let source: [UInt8]
    /// What is put in the place of which range of the source; in order, without overlap.
    let edits: [Edit]

    struct Edit: Equatable, Sendable {
        let range: Range<Int>
        let pieces: [MailPiece]
    }

    /// How many tracking links a recipient gets to see: those that were made and those that were there.
    package var trackingLinkCount: Int { links.count { $0.verdict == .wrap } + trackingLinkCountBefore }

    /// How many tracking links were there that a person can click.
    package var trackingLinkCountBefore: Int {
        links.count { $0.verdict == .tracking(.click) && $0.element != .image && !$0.isDecoy }
    }

    /// The mail as bytes.
    ///
    /// - Parameter row: the values of the recipient's columns; a missing one is empty.
    package func render(row: [[UInt8]] = []) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count + edits.count * 256)
        var offset = 0
        for edit in edits {
            bytes += source[offset..<edit.range.lowerBound]
            offset = edit.range.upperBound
            for piece in edit.pieces {
                switch piece {
                case .text(let text): bytes += text
                case .column(let column, let encoding):
                    if column < row.count { encoding.append(row[column], to: &bytes) }
                }
            }
        }
        bytes += source[offset...]
        return bytes
    }
}

/// Counts lines while places go forward.
struct LineCounter {
    private var offset = 0
    private var line = 1

    /// The line of a place at or behind the one asked for before.
    mutating func line(of place: Int, in bytes: [UInt8]) -> Int {
        while offset < place {
            if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
            offset += 1
        }
        return line
    }
}
