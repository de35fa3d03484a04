import Mail
import TrackingLinks

/// Collects what is odd about a finished mail.
struct MailWarnings {
    private var warnings: [ExplainedMail.Warning] = []
    private var sections: Set<String> = []

    /// The bytes of a URL above which some clients cut it or refuse to open it.
    private static let urlBytesMax = 2_000

    /// Those with a line in the order of their lines, then those about the whole mail.
    var inOrder: [ExplainedMail.Warning] {
        // By index, too, so that what was found together stays together.
        warnings.enumerated()
            .sorted { ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset) }
            .map(\.element)
    }

    private mutating func warn(_ kind: ExplainedMail.Warning.Kind, _ line: Int?, _ text: String) {
        warnings.append(ExplainedMail.Warning(line: line, kind: kind, text: RecipientMask.masked(text)))
    }

    // MARK: What a part holds

    /// Takes what needs no explanation of a link to be seen.
    mutating func take(_ part: FinishedMail.Part) {
        for group in MailLinkGroup.groups(of: part.links) {
            let (link, line) = (group.link, group.lines.first)
            guard link.element != .text else { continue }
            switch link.verdict {
            case .wrap:
                warn(.unwrapped, line, "\(Self.subject(group)) leads past the tracker: \(Self.shown(link))")
            case .relative:
                warn(
                    .relative, line,
                    "\(Self.subject(group)) is relative, and a mail has no address of its own: \(Self.shown(link))")
            default: break
            }
        }
        takeTexts(part.links.filter { $0.element == .text })
        takeCode(part.code)
        if let second = part.links.filter(\.isPixel).dropFirst().first {
            let count = part.links.count(where: \.isPixel)
            warn(.severalPixels, second.line, "there are \(count) pixels: each open is counted as often")
        }
    }

    private mutating func takeTexts(_ links: [MailLink]) {
        let (tracking, plain) = (links.filter(\.isTracking), links.filter { $0.verdict == .wrap })
        if let first = plain.first {
            warn(
                .textLink, first.line,
                "\(Self.count(plain.count, "link")) in a text without markup (\(Self.lines(plain.map(\.line)))): "
                    + "nobody counts clicks on them")
        }
        if let first = tracking.first {
            warn(
                .textTrackingLink, first.line,
                "\(Self.count(tracking.count, "tracking link")) in a text without markup "
                    + "(\(Self.lines(tracking.map(\.line)))): mail systems break and cut long lines there")
        }
    }

    private mutating func takeCode(_ code: [WrappedMail.Place]) {
        var order: [[UInt8]] = []
        var lines: [[UInt8]: [Int]] = [:]
        for place in code {
            if lines[place.text] == nil { order.append(place.text) }
            lines[place.text, default: []].append(place.line)
        }
        for text in order {
            let places = lines[text] ?? []
            let times = places.count > 1 ? " (\(places.count) times)" : ""
            warn(
                .template, places.first,
                "template code is left\(times): \(Self.cut(String(decoding: text, as: UTF8.self)))")
        }
    }

    // MARK: What a link is

    /// Takes a tracking link.
    mutating func take(_ group: MailLinkGroup, _ explained: ExplainedLink) {
        let (link, line) = (group.link, group.lines.first)
        let facts = explained.explanation
        let subject = Self.subject(group)
        if facts.resource == .open, !link.isPixel {
            warn(.pixelInLink, line, "\(subject) leads to the pixel: whoever clicks it sees an empty image")
        }
        if facts.resource == .click, link.element == .image {
            warn(.linkInImage, line, "\(subject) loads a click's link: opening the mail counts as a click")
        }
        let isAnswered = !explained.isTooLong
        if isAnswered, facts.outcome == .fallback {
            warn(
                .fallback, line,
                "\(subject) leads to the section's fallback and not to its target: "
                    + (facts.decision?.reason.explanation ?? ""))
        }
        if isAnswered, facts.decision?.reason == .observedHost {
            warn(
                .observed, line,
                "\(subject) is redirected only as long as its section observes: it does not list the host")
        }
        if facts.resource != nil, !facts.sectionIsConfigured { takeUnknownSection(of: facts, line) }
        if facts.repairs.contains(.unfilledMergeTag), link.code.isEmpty {
            let names = facts.notes.filter { $0.name == "unfilledMergeTag" }.map(\.text).joined(separator: ", ")
            warn(.unfilled, line, "\(subject): \(names)")
        }
        let length = facts.url.utf8.count
        if length > Self.urlBytesMax {
            warn(.long, line, "\(subject) is \(length) characters long: some clients cut it at \(Self.urlBytesMax)")
        }
    }

    private mutating func takeUnknownSection(of facts: LinkExplanation, _ line: Int?) {
        let section = facts.fields.first { $0.name == "\(TrackingField.sec.name)" }?.value ?? ""
        guard sections.insert(section).inserted else { return }
        let what = section.isEmpty ? "a link names no section" : "section \(Self.cut(section)) is not configured"
        warn(.unknownSection, line, "\(what): its links get what unknownSections says")
    }

    // MARK: What the mail is as a whole

    /// Takes what only all of the mail shows.
    mutating func takeWhole(_ mail: FinishedMail) {
        let links = mail.parts.flatMap(\.links)
        let clicks = links.filter { $0.verdict == .tracking(.click) && $0.element != .image && !$0.authority.isEmpty }
        let pixels = links.filter(\.isPixel)
        takeHosts(clicks: clicks, pixels: pixels)
        let insecure = (clicks + pixels).filter(\.isInsecure)
        if let line = insecure.map(\.line).min() {
            warn(
                .insecure, line,
                "http:// and not https:// in \(Self.count(insecure.count, "link or pixel", "links and pixels")): "
                    + "anybody on the way reads whom they are for")
        }
        for problem in mail.problems { warn(.message, problem.line, problem.explanation) }
        if mail.isEmpty {
            warn(.empty, nil, "there is no link in it, and no pixel: it may be no mail")
        } else if pixels.isEmpty, mail.parts.contains(where: \.mayHavePixel) {
            warn(.noPixel, nil, "there is no pixel: nobody counts who opens it")
        }
    }

    private mutating func takeHosts(clicks: [MailLink], pixels: [MailLink]) {
        var hosts: [String] = []
        var known: Set<String> = []
        for link in clicks where known.insert(link.authority).inserted { hosts.append(link.authority) }
        if hosts.count > 1, let line = clicks.first(where: { $0.authority != hosts[0] })?.line {
            let more = hosts.count > 5 ? ", …" : ""
            warn(
                .severalHosts, line,
                "tracking links lead to \(hosts.count) hosts: \(hosts.prefix(5).map(Self.cut).joined(separator: ", "))"
                    + more)
        }
        guard !hosts.isEmpty else { return }
        for pixel in pixels where !known.contains(pixel.authority) {
            known.insert(pixel.authority)
            warn(.foreignPixel, pixel.line, "the pixel's host is not that of the links: \(Self.cut(pixel.authority))")
        }
    }

    // MARK: Words

    private static func subject(_ group: MailLinkGroup) -> String {
        "\(group.link.element.name)" + (group.lines.count > 1 ? " (\(group.lines.count) times)" : "")
    }

    private static func shown(_ link: MailLink) -> String { cut(RecipientMask.masked(link.requested), to: 200) }

    /// At most so many characters of a text.
    private static func cut(_ text: String) -> String { cut(text, to: 80) }

    private static func cut(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(count - 1) + "…"
    }

    private static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }

    /// `line 3`, `lines 3, 4, 9`, at most ten of them.
    private static func lines(_ lines: [Int]) -> String {
        let shown = lines.prefix(10).map(String.init).joined(separator: ", ") + (lines.count > 10 ? ", …" : "")
        return (lines.count == 1 ? "line " : "lines ") + shown
    }
}
