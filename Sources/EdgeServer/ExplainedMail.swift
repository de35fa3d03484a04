package import Bytes
package import Mail
import TrackingLinks

/// A finished mail, each of its tracking links and pixels explained as this server would answer it, and what is odd
/// about the mail.
package struct ExplainedMail: Sendable {
    /// What the file is.
    package let kind: FinishedMail.Kind
    /// The tracking links and pixels, the same one once, in the order of the mail.
    package let links: [Link]
    /// What is odd, in the order of the mail, what concerns all of it last.
    package let warnings: [Warning]
    /// How many links lead on to a redirect, one that stands twice counted twice.
    package let redirectedCount: Int
    /// How many pixels get their image.
    package let pixelCount: Int
    /// How many links and pixels get neither: the page that asks, a page that leads nowhere, or the answer to a path
    /// that is none of a tracking link.
    package let notRedirectedCount: Int
    /// How many links were left on purpose: for unsubscribing and preferences, or marked.
    package let leftCount: Int
    /// True where some of the mail could not be read, or nothing is in it, so that nobody can vouch for it.
    package let isIncomplete: Bool

    /// True when every recipient is redirected, whatever they click, and every pixel gets its image.
    package var isAnswered: Bool { notRedirectedCount == 0 && !isIncomplete }

    /// A tracking link, or a pixel.
    package struct Link: Sendable {
        /// What carries it.
        package let element: MailElement
        /// The lines that it stands on, one for each time, in order; the first is 1.
        package let lines: [Int]
        /// How it is read, judged and answered.
        package let explained: ExplainedLink
        /// True when whoever clicks it is redirected, or when it is a pixel that gets its image.
        package let isAnswered: Bool

        /// Where a redirect leads or a page links to, without identifiers and addresses; nil where there is none.
        package var destination: String? { explained.explanation.destination.map(RecipientMask.masked) }
    }

    /// Something that is odd and that no exit code speaks of.
    package struct Warning: Equatable, Sendable {
        /// The line that it is about, the first where there are several; nil for the whole mail.
        package let line: Int?
        /// What kind of oddness.
        package let kind: Kind
        /// It in a sentence, without identifiers and addresses; not escaped.
        package let text: String

        /// Kinds of oddness.
        package enum Kind: String, Sendable {
            /// A link that leads past the tracker.
            case unwrapped
            /// A link without scheme and host.
            case relative
            /// Links in a text part that nobody counts.
            case textLink
            /// Tracking links in a text part.
            case textTrackingLink
            /// There is no pixel.
            case noPixel
            /// There are several.
            case severalPixels
            /// A pixel of another host than the links'.
            case foreignPixel
            /// A link that leads to the pixel.
            case pixelInLink
            /// An image that loads a link.
            case linkInImage
            /// Tracking links of several hosts.
            case severalHosts
            /// Tracking links without TLS.
            case insecure
            /// Template code.
            case template
            /// A field that holds a merge tag.
            case unfilled
            /// A section that is not configured.
            case unknownSection
            /// A link that leads to the fallback.
            case fallback
            /// A link that is redirected only because its section observes.
            case observed
            /// A link that some clients cut.
            case long
            /// Something in the way of reading the message.
            case message
            /// There is no link at all.
            case empty
        }
    }

    // MARK: For a program

    /// Writes one JSON object; `Documentation/making-links.md` says what its members mean.
    ///
    /// - Parameter file: what is said to be the file's name.
    package func write(file: String, into json: inout JSONWriter) {
        json.beginObject()
        json.key("file")
        json.string(file)
        json.key("kind")
        json.string(kind.rawValue)
        json.key("links")
        json.beginArray()
        for link in links { write(link, into: &json) }
        json.endArray()
        json.key("warnings")
        json.beginArray()
        for warning in warnings { write(warning, into: &json) }
        json.endArray()
        for (name, count) in [
            ("redirected", redirectedCount), ("pixels", pixelCount), ("notRedirected", notRedirectedCount),
            ("left", leftCount),
        ] {
            json.key(name)
            json.number(count)
        }
        json.key("complete")
        json.bool(!isIncomplete)
        json.endObject()
    }

    private func write(_ link: Link, into json: inout JSONWriter) {
        json.beginObject()
        json.key("line")
        json.number(link.lines.first ?? 0)
        json.key("lines")
        json.beginArray()
        for line in link.lines { json.number(line) }
        json.endArray()
        json.key("element")
        json.string("\(link.element.name)")
        json.key("url")
        json.string(RecipientMask.masked(link.explained.explanation.url))
        json.key("count")
        json.number(link.lines.count)
        json.key("answered")
        json.bool(link.isAnswered)
        json.key("explanation")
        link.explained.write(into: &json)
        json.endObject()
    }

    private func write(_ warning: Warning, into json: inout JSONWriter) {
        json.beginObject()
        json.key("line")
        if let line = warning.line { json.number(line) } else { json.null() }
        json.key("kind")
        json.string(warning.kind.rawValue)
        json.key("text")
        json.string(warning.text)
        json.endObject()
    }
}
