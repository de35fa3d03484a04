import Bytes

/// Looks at a finished mail and changes nothing: every link of it, which of them are tracking links, and its pixels.
///
/// A link whose verdict is `.wrap` leads past the tracker. Links for unsubscribing, other schemes and the like have the
/// verdicts that `MailWrapper` gives them.
package struct MailSurvey: Sendable {
    private let reader: LinkTextReader
    private let classifier: LinkClassifier

    /// - Parameters:
    ///   - base: where tracking links lead; nil where a link is one by its path alone, whatever its host.
    ///   - leave: texts that mark links that are to be left, beside those for unsubscribing and preferences.
    package init(base: TrackingBase? = nil, leave: [String] = []) {
        reader = LinkTextReader(syntax: .common, columns: .none, identifier: nil)
        classifier = LinkClassifier(base: base, patterns: leave)
    }

    /// Surveys a file of any kind, which its contents tell. O(n).
    ///
    /// - Throws: for a payload that is no JSON5, with its place.
    package func survey(_ bytes: [UInt8]) throws(PayloadError) -> FinishedMail {
        switch Self.kind(of: bytes) {
        case .message:
            let message = MailMessage(bytes)
            let parts = message.parts.map { part in
                part.isHTML
                    ? html(part.text.bytes, line: part.text.line) : text(part.text.bytes, line: part.text.line)
            }
            return FinishedMail(kind: .message, parts: parts, problems: message.problems)
        case .payload:
            return FinishedMail(kind: .payload, parts: [try payload(bytes)], problems: [])
        case .html:
            let lines = LineStarts(bytes)
            return FinishedMail(kind: .html, parts: [html(bytes, line: lines.line)], problems: [])
        }
    }

    /// What a file is: a payload when it begins with a bracket of JSON, behind space and comments; a message when it
    /// begins with lines of a head; HTML else. What a template language begins with (`{{`, `{%`, `{#`) is no payload.
    static func kind(of bytes: [UInt8]) -> FinishedMail.Kind {
        var rest = bytes[(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)...]
        skipSpaceAndComments(&rest)
        if rest.first == UInt8(ascii: "{") {
            let next = rest.dropFirst().first
            if next != UInt8(ascii: "{"), next != UInt8(ascii: "%"), next != UInt8(ascii: "#") { return .payload }
        } else if rest.first == UInt8(ascii: "[") {
            rest.removeFirst()
            skipSpaceAndComments(&rest)
            // `[View in browser]` is text.
            if let next = rest.first, valueBegins.contains(next) { return .payload }
        }
        return MailMessage.isMessage(bytes) ? .message : .html
    }

    private static let valueBegins = ByteSet.digits.union("{[]\"'-")
    private static let space: ByteSet = " \t\r\n"

    private static func skipSpaceAndComments(_ rest: inout ArraySlice<UInt8>) {
        while let first = rest.first {
            if space.contains(first) {
                rest.removeFirst()
            } else if rest.starts(with: "//".utf8) {
                rest = rest.drop { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            } else if rest.starts(with: "/*".utf8) {
                rest.removeFirst(2)
                while let byte = rest.popFirst() {
                    if byte == UInt8(ascii: "*"), rest.first == UInt8(ascii: "/") { break }
                }
                _ = rest.popFirst()
            } else {
                return
            }
        }
    }

    // MARK: Parts

    private func html(_ bytes: [UInt8], line: (Int) -> Int) -> FinishedMail.Part {
        let (links, code) = found(inHTML: bytes, line: line)
        return FinishedMail.Part(links: links, code: code, mayHavePixel: true)
    }

    private func text(_ bytes: [UInt8], line: (Int) -> Int) -> FinishedMail.Part {
        let (links, code) = found(inText: bytes, line: line)
        return FinishedMail.Part(links: links, code: code, mayHavePixel: false)
    }

    /// Every string that is a link, and what stands in those of HTML and of text; all on the line of the string.
    private func payload(_ bytes: [UInt8]) throws(PayloadError) -> FinishedMail.Part {
        var lines = LineCounter()
        var links: [MailLink] = []
        var code: [WrappedMail.Place] = []
        let selection = PayloadSelection()
        for string in try PayloadStrings.read(bytes) {
            let line = lines.line(of: string.range.lowerBound, in: bytes)
            if string.text.contains(UInt8(ascii: "<")) {
                let (inside, codeInside) = found(inHTML: string.text, line: { _ in line })
                links += inside
                code += codeInside
            } else if let found = FoundLink(
                string, reader: reader, classifier: classifier, selection: selection, takesURLs: true)
            {
                links.append(MailLink(found, line: line))
                code += found.parts.code.map { WrappedMail.Place(text: $0, line: line) }
            } else {
                let (inside, codeInside) = found(inText: string.text, line: { _ in line })
                links += inside
                code += codeInside
            }
        }
        return FinishedMail.Part(links: links, code: code, mayHavePixel: true)
    }

    private typealias Findings = (links: [MailLink], code: [WrappedMail.Place])

    private func found(inHTML bytes: [UInt8], line: (Int) -> Int) -> Findings {
        let reading = MailReading(bytes, reader: reader, classifier: classifier)
        var code = reading.templates.map {
            WrappedMail.Place(text: Array(bytes[$0.tag.range]), line: line($0.tag.range.lowerBound))
        }
        // The reading leaves out what stands in links that would be replaced.
        for link in reading.links where link.verdict == .wrap {
            code += link.parts.code.map { WrappedMail.Place(text: $0, line: line(link.start)) }
        }
        return (reading.links.map { MailLink($0, line: line($0.start)) }, code)
    }

    private func found(inText bytes: [UInt8], line: (Int) -> Int) -> Findings {
        var links: [MailLink] = []
        for range in TextLinks.ranges(in: bytes) {
            let parts = reader.parts(of: Array(bytes[range]))
            let found = FoundLink(
                element: .text, start: range.lowerBound, value: range, attributePlace: range.lowerBound, parts: parts,
                verdict: classifier.verdict(parts), label: nil, isMarked: true)
            links.append(MailLink(found, line: line(range.lowerBound)))
        }
        var scanner = TemplateScanner(bytes, syntax: reader.syntax)
        var code: [WrappedMail.Place] = []
        var offset = 0
        while offset < bytes.count {
            guard let tag = scanner.tag(at: offset, limit: bytes.count) else {
                offset += 1
                continue
            }
            code.append(WrappedMail.Place(text: Array(bytes[tag.range]), line: line(offset)))
            offset = tag.range.upperBound
        }
        return (links, code)
    }
}

extension [LinkPart] {
    /// The template code in it, as it is written.
    fileprivate var code: [[UInt8]] {
        compactMap {
            switch $0 {
            case .value(let code, _), .control(let code): code
            case .text, .column: nil
            }
        }
    }
}
