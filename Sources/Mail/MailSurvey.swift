/// Looks at a finished mail and changes nothing: every link of it, which of them are tracking links, and its pixels.
///
/// A link whose verdict is `.wrap` leads past the tracker. Pixels are links of `MailElement.image`.
package struct MailSurvey: Sendable {
    private let reader: LinkTextReader
    private let classifier: LinkClassifier

    /// - Parameters:
    ///   - base: where tracking links lead; nil where a link is one by its path alone, whatever its host.
    ///   - profile: the sender, whose links for unsubscribing are known as such.
    ///   - leave: further texts that mark such links.
    package init(base: TrackingBase? = nil, profile: SenderProfile = .common, leave: [String] = []) {
        reader = LinkTextReader(syntax: profile.syntax, columns: .none, identifier: nil)
        classifier = LinkClassifier(base: base, patterns: profile.leave + leave)
    }

    /// The links of a mail's HTML, in its order. O(n).
    package func links(html: [UInt8]) -> [MailLink] {
        var lines = LineCounter()
        return MailReading(html, reader: reader, classifier: classifier).links.map {
            MailLink($0, line: lines.line(of: $0.start, in: html))
        }
    }

    /// The links of a payload, in its order: the strings that are chosen, tracking links wherever they stand, and what
    /// stands in strings of HTML, whose lines are the string's. O(n).
    ///
    /// - Throws: for what is no JSON5, with its place.
    package func links(json: [UInt8], selection: PayloadSelection) throws(PayloadError) -> [MailLink] {
        var lines = LineCounter()
        var links: [MailLink] = []
        for string in try PayloadStrings.read(json) {
            let line = lines.line(of: string.range.lowerBound, in: json)
            if string.text.contains(UInt8(ascii: "<")) {
                let reading = MailReading(string.text, reader: reader, classifier: classifier)
                links += reading.links.map { MailLink($0, line: line) }
            } else {
                let found = FoundLink(string, reader: reader, classifier: classifier, selection: selection)
                if let found { links.append(MailLink(found, line: line)) }
            }
        }
        return links
    }
}
