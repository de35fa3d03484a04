import Bytes
import TrackingLinks

/// Turns the links of mails and payloads into tracking links.
///
/// **Problem.** A mail that is to be measured has every link of it led over the tracking host, and a pixel. Whoever
/// parses it into a tree and prints that again changes what mail clients are picky about; whoever replaces by patterns
/// finds links in comments and breaks template code.
///
/// **Shape.** Everything in this room is a pure function over bytes. `HTMLScanner` says where attributes stand, as
/// browsers tokenize, `TemplateScanner` steps over the sender's code, `LinkClassifier` says what a link is, `LinkMaker`
/// writes the new one. What comes out is a list of edits of the source, applied by `WrappedMail.render`.
///
/// **Guarantees.** What is not the value of a wrapped link, a put-in attribute, the pixel, or a variable or column that
/// was filled in, stays byte for byte. Wrapping what was wrapped changes nothing. Any bytes are taken in linear time
/// for each kind of template tag.
///
/// **Not promised.** Links that scripts or templates make are not found. Nothing is known of a target that code prints.
package struct MailWrapper {
    private let maker: LinkMaker
    private let reader: LinkTextReader
    private let classifier: LinkClassifier
    private let profile: SenderProfile
    private let numbersLinks: Bool
    private let decoyTarget: [UInt8]?

    /// What decides how mails are wrapped.
    package struct Options {
        /// Where tracking links lead.
        package var base: TrackingBase
        /// The fields of every link.
        package var fields: CampaignFields
        /// The sender's template language and marks.
        package var profile: SenderProfile = .common
        /// Texts that mark a link to be left, beside the standard ones and the sender's.
        package var leave: [String] = []
        /// True where a link without a label of its own gets its number in the mail as label.
        package var numbersLinks = false
        /// Where a link leads that no person sees and only machines follow; nil for none. See `DecoyLink`.
        package var decoyTarget: [UInt8]?
        /// The columns of the recipients whose values replace the tags that name them.
        package var columns: RecipientColumns = .none

        /// What signs the links; nil for links without signatures.
        package var stamp: LinkStamp?

        /// The columns that tags in the identifier's field name.
        package var cuidColumns: [Int] {
            guard let text = fields.values[.cuid] else { return [] }
            let reader = LinkTextReader(syntax: profile.syntax, columns: columns, identifier: nil)
            return reader.parts(of: Array(text.utf8)).compactMap {
                if case .column(let column) = $0 { column } else { nil }
            }
        }

        /// Options with everything else as it is by default.
        package init(base: TrackingBase, fields: CampaignFields) {
            self.base = base
            self.fields = fields
        }
    }

    /// Makes a wrapper.
    package init(_ options: Options) {
        profile = options.profile
        numbersLinks = options.numbersLinks
        decoyTarget = options.decoyTarget
        var reader = LinkTextReader(syntax: options.profile.syntax, columns: options.columns, identifier: nil)
        reader.identifier = options.fields.values[.cuid].map { reader.parts(of: Array($0.utf8)) }
        self.reader = reader
        classifier = LinkClassifier(
            base: options.base, patterns: options.profile.leave + options.leave, judgesTargets: true)
        maker = LinkMaker(base: options.base, fields: options.fields, reader: reader, stamp: options.stamp)
    }

    // MARK: HTML

    /// Wraps a mail's HTML. O(n).
    package func wrap(html: [UInt8]) -> WrappedMail {
        let reading = MailReading(html, reader: reader, classifier: classifier, mark: profile.mark?.name)
        var work = Work(html)
        for found in reading.links { take(found, &work) }
        let hasPixel =
            reading.links.contains { $0.verdict == .tracking(.open) }
            || reading.templates.contains { $0.tag.kind == .variable(.pixel) && $0.place == .text }
        let place = reading.pixelPlace
        if !hasPixel {
            work.edits.append(WrappedMail.Edit(range: place..<place, pieces: maker.pixel(in: .html).pieces))
        }
        let hasDecoy = work.links.contains(where: \.isDecoy)
        if let decoyTarget, !hasDecoy {
            let decoy = maker.decoy(target: decoyTarget, mark: profile.mark)
            work.edits.append(WrappedMail.Edit(range: place..<place, pieces: decoy.pieces))
        }
        for template in reading.templates {
            // An image can't stand in an attribute or a title.
            if template.tag.kind == .variable(.pixel), template.place != .text { continue }
            let encoding: ColumnEncoding =
                switch template.place {
                case .text, .value: .html
                case .unquoted: .unquotedHTML
                case .url: .percent
                }
            fill(template.tag, encoding, in: html, .html, &work)
        }
        if reader.columns != .none { work.untouchedCode = codeNamingColumns(in: reading.untouched, of: html) }
        return work.finish(
            pixel: hasPixel ? .alreadyThere : .added, hasDecoy: hasDecoy || decoyTarget != nil)
    }

    /// The code in some ranges, in their order, that names a column. O(n).
    private func codeNamingColumns(in ranges: [Range<Int>], of html: [UInt8]) -> [(place: Int, code: [UInt8])] {
        var scanner = TemplateScanner(html, syntax: profile.syntax)
        var found: [(place: Int, code: [UInt8])] = []
        for range in ranges {
            var offset = range.lowerBound
            while offset < range.upperBound {
                guard let tag = scanner.tag(at: offset, limit: range.upperBound) else {
                    offset += 1
                    continue
                }
                offset = tag.range.upperBound
                guard case .code(let kind) = tag.kind else { continue }
                let code = profile.syntax.code(of: html[tag.range], kind: kind)
                guard profile.syntax.tags[kind].prints(code), reader.columns.index(of: code) != nil else { continue }
                found.append((tag.range.lowerBound, Array(html[tag.range])))
            }
        }
        return found
    }

    // MARK: JSON

    /// Wraps the strings of a payload that the selection names, and fills in variables and columns in every string.
    /// O(n).
    ///
    /// - Throws: for what is no JSON5, and for a link that holds half of a surrogate pair, with its place.
    package func wrap(json: [UInt8], selection: PayloadSelection) throws(PayloadError) -> WrappedMail {
        let strings = try PayloadStrings.read(json)
        var work = Work(json)
        // One for all strings, so that what closes no tag is looked for once.
        var scanner = TemplateScanner(json, syntax: profile.syntax)
        var hasPixel = false
        for string in strings {
            var isWrapped = false
            if let found = FoundLink(string, reader: reader, classifier: classifier, selection: selection) {
                isWrapped = found.verdict == .wrap
                if isWrapped, let place = string.halfCharacter {
                    throw PayloadError(reason: .unpairedSurrogate(at: place))
                }
                take(found, in: .json, &work)
            }
            if !isWrapped { hasPixel = fill(string, &scanner, &work) || hasPixel }
            hasPixel = hasPixel || string.text.contains(Array("\(maker.base.text)/tremop".utf8)[...])
        }
        return work.finish(
            pixel: hasPixel ? .alreadyThere : .none, unmatchedPointers: selection.unmatchedPointers(in: strings))
    }

    /// Fills in the code of a string that is no link.
    ///
    /// - Returns: true where it holds the pixel's variable.
    private func fill(
        _ string: PayloadStrings.Element, _ scanner: inout TemplateScanner, _ work: inout Work
    ) -> Bool {
        var hasPixel = false
        // In the raw bytes: a variable or a tag is spelled without escapes by whoever writes payloads.
        var offset = string.range.lowerBound
        while offset < string.range.upperBound {
            if let tag = scanner.tag(at: offset, limit: string.range.upperBound) {
                offset = tag.range.upperBound
                hasPixel = hasPixel || tag.kind == .variable(.pixel)
                fill(tag, .json, in: work.source, .json, &work)
            } else {
                offset += 1
            }
        }
        return hasPixel
    }

    // MARK: Both

    private func take(_ found: FoundLink, in surroundings: LinkSurroundings = .html, _ work: inout Work) {
        var made: MadeLink?
        if found.verdict == .wrap {
            work.wrappedCount += 1
            if reader.columns != .none {
                for case .value(let code, _) in found.parts { work.unfilledCode.append((found.start, code)) }
            }
            let number = numbersLinks ? [LinkPart.text(Array("\(work.wrappedCount)".utf8))] : nil
            let link = maker.click(target: found.parts, label: found.label ?? number, in: surroundings)
            made = link
            let place = found.attributePlace
            if let mark = profile.mark, !found.isMarked, work.lastMarked != place {
                // Once an element, though code may give it several links.
                work.lastMarked = place
                let text = Array(" \(mark.name)=\"\(mark.value)\"".utf8)
                work.edits.append(WrappedMail.Edit(range: place..<place, pieces: [.text(text)]))
            }
            work.edits.append(WrappedMail.Edit(range: found.value, pieces: link.pieces))
        }
        let line = work.lines.line(of: found.start, in: work.source)
        work.links.append(MailLink(found, made, line: line))
    }

    /// Puts in what a variable or a column stands for.
    private func fill(
        _ tag: TemplateTag, _ encoding: ColumnEncoding, in bytes: [UInt8], _ surroundings: LinkSurroundings,
        _ work: inout Work
    ) {
        var pieces = MailPieces()
        switch tag.kind {
        case .variable(.link):
            let link = maker.click(target: nil, label: nil, in: surroundings)
            work.edits.append(WrappedMail.Edit(range: tag.range, pieces: link.pieces))
            return
        case .variable(.pixel): pieces = maker.pixel(in: surroundings)
        case .variable(.identifier):
            guard let identifier = reader.identifier else {
                work.unfilled.append(.identifier)
                return
            }
            append(identifier, encoding, to: &pieces, surroundings)
        case .code(let kind):
            let code = profile.syntax.code(of: bytes[tag.range], kind: kind)
            guard profile.syntax.tags[kind].prints(code), reader.columns != .none else { return }
            guard let column = reader.columns.index(of: code) else {
                work.unfilledCode.append((tag.range.lowerBound, Array(bytes[tag.range])))
                return
            }
            pieces.append(column, encoding)
        }
        work.edits.append(WrappedMail.Edit(range: tag.range, pieces: pieces.pieces))
    }

    private func append(
        _ parts: [LinkPart], _ encoding: ColumnEncoding, to pieces: inout MailPieces, _ surroundings: LinkSurroundings
    ) {
        for part in parts {
            switch part {
            case .text(let text): pieces.append { encoding.append(text, to: &$0) }
            case .column(let column): pieces.append(column, encoding)
            case .value(let code, _), .control(let code):
                pieces.append { surroundings.appendCode(code, to: &$0) }
            }
        }
    }
}

/// What is collected while a mail is wrapped.
private struct Work {
    let source: [UInt8]
    var edits: [WrappedMail.Edit] = []
    var links: [MailLink] = []
    var unfilled: [TrackingVariable] = []
    var lines = LineCounter()
    var wrappedCount = 0
    var lastMarked = -1
    var unfilledCode: [(place: Int, code: [UInt8])] = []
    var untouchedCode: [(place: Int, code: [UInt8])] = []

    init(_ source: [UInt8]) {
        self.source = source
    }

    func finish(
        pixel: WrappedMail.Pixel, hasDecoy: Bool = false, unmatchedPointers: [String] = []
    ) -> WrappedMail {
        // By place; what is put in at a place stands before what is replaced from there on.
        let ordered = edits.enumerated().sorted {
            ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
                < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
        }
        return WrappedMail(
            links: links, pixel: pixel, hasDecoy: hasDecoy, unfilledVariables: unfilled,
            unfilledCode: places(unfilledCode),
            untouchedCode: places(untouchedCode), unmatchedPointers: unmatchedPointers, source: source,
            edits: ordered.map(\.element))
    }

    private func places(_ code: [(place: Int, code: [UInt8])]) -> [WrappedMail.Place] {
        var lines = LineCounter()
        return code.sorted { $0.place < $1.place }.map {
            WrappedMail.Place(text: $0.code, line: lines.line(of: $0.place, in: source))
        }
    }
}
