import Bytes

/// How a sender's template language marks its code in a mail: what opens and closes a tag, which tags print a value,
/// and how a printed value is percent-encoded.
///
/// A mail is sent through a template engine before anybody reads it as HTML. So whoever looks for links in a template
/// has to step over its code: a `>` or a quote in `<% if a > "b" %>` ends neither a tag nor an attribute. Code ends at
/// the first thing that closes it, as engines read it, also where that stands in a quoted text of the code. Code that
/// is not closed, or in which the same opening stands again before that, is text.
package struct TemplateSyntax: Equatable, Sendable {
    /// One kind of tag.
    package struct Tag: Equatable, Sendable {
        /// What it begins with, such as `{{`.
        package let open: [UInt8]
        /// What it ends with. Where it is what the tag begins with, as in `%%name%%`, only what looks like a name
        /// counts as a tag: letters, digits, space, `_`, `-`, `.` and `:`, at most 64 of them.
        package let close: [UInt8]
        /// What stands first in such a tag that prints nothing, as `#` in `{{#if x}}`.
        package let control: [[UInt8]]
        /// True where no such tag prints anything, as of `{% %}`.
        package let isControl: Bool
        /// The tag that prints the same percent-encoded, in two halves around the code of the plain one; nil where the
        /// sender has none.
        package let encoding: Encoding?

        /// Makes a kind of tag.
        package init(
            open: String, close: String, control: [String] = [], isControl: Bool = false, encoding: Encoding? = nil
        ) {
            self.open = Array(open.utf8)
            self.close = Array(close.utf8)
            self.control = control.map { Array($0.utf8) }
            self.isControl = isControl
            self.encoding = encoding
        }

        /// True where the tag's opening can't be told from its closing.
        var isSymmetric: Bool { open == close }

        /// True where a tag with this code prints a value.
        func prints(_ code: ArraySlice<UInt8>) -> Bool {
            !isControl && !control.contains { code.starts(with: $0) }
        }
    }

    /// The two halves of a percent-encoding tag.
    package struct Encoding: Equatable, Sendable {
        /// What stands in front of the code.
        package let before: [UInt8]
        /// What stands behind it.
        package let after: [UInt8]

        /// Splits a pattern such as `{{ VALUE|urlencode }}` at its hole, the word `VALUE`; nil where it does not hold
        /// the hole exactly once.
        package init?(pattern: String) {
            let parts = pattern.split(separator: Self.hole, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            before = Array(parts[0].utf8)
            after = Array(parts[1].utf8)
        }

        /// What stands for the code in a pattern.
        package static let hole = "VALUE"
    }

    /// The kinds of tag, those with the longest opening first.
    package let tags: [Tag]
    /// What a tag or a variable of the tracker may begin with.
    let firstBytes: ByteSet

    /// Makes a syntax of its kinds of tag, in any order.
    package init(tags: [Tag]) {
        // By index, so that kinds with openings of the same length keep their order.
        self.tags = tags.enumerated()
            .sorted { ($1.element.open.count, $0.offset) < ($0.element.open.count, $1.offset) }.map(\.element)
        var first: ByteSet = "$"
        for tag in tags { if let byte = tag.open.first { first.insert(byte) } }
        firstBytes = first
    }

    /// What stands first in the braces of Handlebars, Mustache and their kin and prints nothing.
    private static let braceControl = ["#", "/", "^", "!", "else", ">"]

    /// The languages that mails are most often written in, for whoever names no sender: braces (Handlebars, Liquid,
    /// Twig, Django), `<% %>`, `${ }`, AMPscript, `%%name%%` and `*|NAME|*`. None says how it encodes.
    package static let common = TemplateSyntax(tags: [
        Tag(open: "{{{", close: "}}}", control: braceControl), Tag(open: "{{!--", close: "--}}", isControl: true),
        Tag(open: "{{", close: "}}", control: braceControl), Tag(open: "{%", close: "%}", isControl: true),
        Tag(open: "<%=", close: "%>"), Tag(open: "<%-", close: "%>"), Tag(open: "<%", close: "%>", isControl: true),
        Tag(open: "${", close: "}"), Tag(open: "%%[", close: "]%%", isControl: true), Tag(open: "%%=", close: "=%%"),
        Tag(open: "%%", close: "%%"),
        Tag(open: "*|", close: "|*", control: ["IF:", "IFNOT:", "ELSE:", "ELSEIF:", "END:"]),
    ])

    /// The syntax of a text without code: only the tracker's own variables are found.
    package static let none = TemplateSyntax(tags: [])
}

/// A variable of a campaign's template that the tracker fills in.
package enum TrackingVariable: Sendable, CaseIterable {
    /// A click's link with every field but the target.
    case link
    /// The whole image of the pixel.
    case pixel
    /// The recipient's identifier.
    case identifier

    /// How it stands in a template.
    package var spelling: StaticString {
        switch self {
        case .link: "${Tracking link}"
        case .pixel: "${Tracking pixel}"
        case .identifier: "${User identifier}"
        }
    }
}

/// A piece of template code in some bytes.
package struct TemplateTag: Equatable, Sendable {
    /// What it is.
    package enum Kind: Equatable, Sendable {
        /// A variable of the tracker.
        case variable(TrackingVariable)
        /// Code of the sender: the kind of tag by its place in `TemplateSyntax.tags`.
        case code(Int)
    }

    /// What it is.
    package let kind: Kind
    /// Where it stands, from its opening to its closing.
    package let range: Range<Int>
}
