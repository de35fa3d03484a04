import Bytes
import TrackingLinks

/// What may carry a link in a mail.
package enum MailElement: Equatable, Sendable {
    /// `a`
    case anchor
    /// `area` of an image map.
    case area
    /// A shape of VML (`v:roundrect`), with which buttons are drawn for Outlook on Windows.
    case shape
    /// `img`: a tracking pixel, or an image that loads a click's link.
    case image
    /// A string of a payload.
    case member
    /// A URL in a text without markup, which clients make a link of.
    case text

    /// What a person calls it.
    package var name: StaticString {
        switch self {
        case .anchor: "a"
        case .area: "area"
        case .shape: "VML shape"
        case .image: "img"
        case .member: "member"
        case .text: "text"
        }
    }

    /// The elements of VML that a person can click.
    private static let shapes: [StaticString] = [
        "v:rect", "v:roundrect", "v:shape", "v:oval", "v:image", "v:group", "v:line", "v:polyline", "v:arc", "v:curve",
    ]

    init?(_ name: Span<UInt8>) {
        if name.equalsIgnoringASCIICase("a") {
            self = .anchor
        } else if name.equalsIgnoringASCIICase("area") {
            self = .area
        } else if Self.shapes.contains(where: { name.equalsIgnoringASCIICase($0) }) {
            self = .shape
        } else if name.equalsIgnoringASCIICase("img") {
            self = .image
        } else {
            return nil
        }
    }
}

/// A link that a reading found.
struct FoundLink {
    let element: MailElement
    /// Where its element begins.
    let start: Int
    /// Where the value stands, without quotes.
    let value: Range<Int>
    /// Where an attribute can be put in: behind the element's name.
    let attributePlace: Int
    let parts: [LinkPart]
    let verdict: LinkVerdict
    let label: [LinkPart]?
    /// True where the attribute stands in the element already that keeps the sender from tracking the link.
    let isMarked: Bool
}

extension FoundLink {
    /// The link that a string of a payload is: one that is chosen, or a tracking link, whatever its key is, so that who
    /// counts the links of a payload counts those that are made already. Nil for any other string.
    ///
    /// - Parameter takesURLs: true where each URL is a link, chosen or not.
    init?(
        _ string: PayloadStrings.Element, reader: LinkTextReader, classifier: LinkClassifier,
        selection: PayloadSelection, takesURLs: Bool = false
    ) {
        let parts = reader.parts(of: string.text).trimmedAsURL()
        var verdict = classifier.verdict(parts)
        if verdict == .wrap, selection.isImage(string, url: parts.flattened) { verdict = .image }
        let isTaken =
            switch verdict {
            case .tracking: true
            case .wrap, .leave, .image: takesURLs && !parts.leadingText.isEmpty
            default: false
            }
        guard isTaken || selection.chooses(string) else { return nil }
        self.init(
            element: .member, start: string.range.lowerBound, value: string.range,
            attributePlace: string.range.lowerBound, parts: parts, verdict: verdict, label: nil, isMarked: true)
    }
}

/// Template code that stands in no link that is wrapped.
struct FoundTemplate {
    let tag: TemplateTag
    let place: Place

    enum Place {
        /// In text that tags may stand in.
        case text
        /// In the text of a title, or in an attribute with quotes.
        case value
        /// In an attribute without quotes.
        case unquoted
        /// In an attribute that holds a URL, behind its beginning.
        case url
    }
}

/// What a mail's HTML holds that is of interest to a tracker.
struct MailReading {
    private(set) var links: [FoundLink] = []
    private(set) var templates: [FoundTemplate] = []
    /// Code in scripts and styles, and comments: nothing is filled in there.
    private(set) var untouched: [Range<Int>] = []
    private var places = PixelPlaces()

    let bytes: [UInt8]
    private let reader: LinkTextReader
    private let classifier: LinkClassifier
    private let mark: [UInt8]

    /// Where the pixel belongs.
    var pixelPlace: Int { places.place }

    init(_ bytes: [UInt8], reader: LinkTextReader, classifier: LinkClassifier, mark: String? = nil) {
        self.bytes = bytes
        self.reader = reader
        self.classifier = classifier
        self.mark = Array((mark ?? "").utf8).lowercased
        places = PixelPlaces(start: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        var scanner = HTMLScanner(bytes, syntax: reader.syntax)
        while let token = scanner.next() {
            switch token {
            case .startTag(let tag): take(tag)
            case .endTag(let name, let range):
                if bytes.span.extracting(name).equalsIgnoringASCIICase("head") { places.headEnds(at: range.upperBound) }
            case .template(let tag, .normal):
                // Behind a lone `<` or `</` a text would become a tag.
                if !isBehindTagOpening(tag.range.lowerBound) {
                    templates.append(FoundTemplate(tag: tag, place: .text))
                }
            case .template(let tag, .escapableRaw): templates.append(FoundTemplate(tag: tag, place: .value))
            case .template(let tag, .raw): untouched.append(tag.range)
            case .doctype(let range): places.begins(behind: range.upperBound)
            case .comment(let range): untouched.append(range)
            }
        }
    }

    private func isBehindTagOpening(_ offset: Int) -> Bool {
        guard offset > 0 else { return false }
        let before = bytes[offset - 1] == UInt8(ascii: "/") ? offset - 2 : offset - 1
        return before >= 0 && bytes[before] == UInt8(ascii: "<")
    }

    private mutating func take(_ tag: HTMLStartTag) {
        let document = bytes
        let name = document.span.extracting(tag.name)
        if !tag.isConditional {
            if name.equalsIgnoringASCIICase("body") {
                places.bodyBegins(behind: tag.range.upperBound)
            } else if name.equalsIgnoringASCIICase("html") || name.equalsIgnoringASCIICase("head") {
                places.begins(behind: tag.range.upperBound)
            } else {
                places.contentBegins()
            }
        }
        var wrapped: [Range<Int>] = []
        if let element = MailElement(name) { wrapped = takeLinks(of: tag, element) }
        takeTemplates(of: tag, besides: wrapped)
    }

    /// Takes the code that stands in attributes' values, but for those that will be replaced. What would become a name,
    /// or a part of one, is left. All lists are in the order of the document.
    private mutating func takeTemplates(of tag: HTMLStartTag, besides wrapped: [Range<Int>]) {
        var (nextWrapped, nextAttribute) = (wrapped[...], tag.attributes[...])
        for template in tag.templates {
            let offset = template.range.lowerBound
            while let first = nextWrapped.first, first.upperBound <= offset { nextWrapped.removeFirst() }
            while let first = nextAttribute.first, first.value.upperBound <= offset { nextAttribute.removeFirst() }
            guard let attribute = nextAttribute.first, attribute.value.contains(offset) else { continue }
            if nextWrapped.first?.contains(offset) == true { continue }
            let isURL = isNamed(attribute, "href") || isNamed(attribute, "src")
            let isInURL = isURL && attribute.value.lowerBound < offset
            let place: FoundTemplate.Place = isInURL ? .url : attribute.quote == nil ? .unquoted : .value
            templates.append(FoundTemplate(tag: template, place: place))
        }
    }

    /// - Returns: the values that will be replaced.
    private mutating func takeLinks(of tag: HTMLStartTag, _ element: MailElement) -> [Range<Int>] {
        var wrapped: [Range<Int>] = []
        let wish = attribute("data-tremolo", of: tag).map { Array(bytes[$0.value]).lowercased } ?? []
        let label = attribute("data-tremolo-label", of: tag).map {
            reader.parts(ofAttribute: $0.value, in: bytes, templates: tag.templates)
        }
        // A person's link is no decoy, whatever somebody calls it.
        let isNoLabel = label.map { $0.isEmpty || $0 == [.text(Array(DecoyLink.label.utf8))] } ?? true
        let isMarked = isMarked(tag)
        for attribute in tag.attributes where isNamed(attribute, element == .image ? "src" : "href") {
            let parts = reader.parts(ofAttribute: attribute.value, in: bytes, templates: tag.templates).trimmedAsURL()
            var verdict = classifier.verdict(parts, ignoresPatterns: wish.elementsEqual("on".utf8))
            if element == .image, verdict != .tracking(.open), verdict != .tracking(.click) { return [] }
            // A mark makes no tracking link of a link, and takes none away.
            if wish.elementsEqual("off".utf8), verdict != .tracking(.click), verdict != .tracking(.open) {
                verdict = .off
            }
            if classifier.judgesTargets, verdict == .wrap || verdict.isUnusable,
                let name = reader.unknownReference(inAttribute: attribute.value, of: bytes, templates: tag.templates)
            {
                verdict = .unknownReference(name: name)
            }
            if verdict == .wrap { wrapped.append(attribute.value) }
            links.append(
                FoundLink(
                    element: element, start: tag.range.lowerBound, value: attribute.value,
                    attributePlace: tag.name.upperBound, parts: parts, verdict: verdict,
                    label: isNoLabel ? nil : label, isMarked: isMarked))
            // Of attributes with one name the first counts (13.2.5.33), unless code decides which of them is there.
            if !tag.hasCodeBetweenAttributes { break }
        }
        return wrapped
    }

    private func isMarked(_ tag: HTMLStartTag) -> Bool {
        !mark.isEmpty && tag.attributes.contains { Array(bytes[$0.name]).lowercased == mark }
    }

    private func attribute(_ name: StaticString, of tag: HTMLStartTag) -> HTMLAttribute? {
        tag.attributes.first { isNamed($0, name) }
    }

    private func isNamed(_ attribute: HTMLAttribute, _ name: StaticString) -> Bool {
        bytes.span.extracting(attribute.name).equalsIgnoringASCIICase(name)
    }
}

/// Where the pixel belongs: right behind the first `<body>` that browsers see; in a mail without one behind `</head>`,
/// else behind the last of document type, `<html>` and `<head>`; in a fragment at its start.
private struct PixelPlaces {
    private var start: Int
    private var head: Int?
    private var body: Int?
    private var hasContent = false

    init(start: Int = 0) {
        self.start = start
    }

    var place: Int { body ?? head ?? start }

    mutating func bodyBegins(behind offset: Int) {
        if body == nil { body = offset }
    }

    mutating func headEnds(at offset: Int) {
        if head == nil { head = offset }
    }

    mutating func begins(behind offset: Int) {
        if !hasContent { start = offset }
    }

    mutating func contentBegins() {
        hasContent = true
    }
}
