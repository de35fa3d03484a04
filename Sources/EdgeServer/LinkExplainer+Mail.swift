package import Mail
import TrackingLinks

extension LinkExplainer {
    /// Explains every tracking link and pixel of a finished mail. O(n) for the mail, and an explanation for each
    /// different link.
    package func explain(_ mail: FinishedMail, nowNanoseconds: UInt64) -> ExplainedMail {
        let all = mail.parts.flatMap(\.links)
        let links = MailLinkGroup.groups(of: all.filter(\.isTracking)).map { group in
            var explained = explain(group.link.requested, nowNanoseconds: nowNanoseconds)
            explained.hidesRecipient = true
            return (group: group, explained: explained, isAnswered: Self.isAnswered(group.link, explained))
        }
        var counts = (redirected: 0, pixels: 0, not: 0)
        for link in links {
            let count = link.group.lines.count
            if !link.isAnswered {
                counts.not += count
            } else if link.group.link.isPixel {
                counts.pixels += count
            } else if link.group.link.element != .image {
                counts.redirected += count
            }
        }
        var warnings = MailWarnings()
        for part in mail.parts { warnings.take(part) }
        for link in links { warnings.take(link.group, link.explained) }
        warnings.takeWhole(mail)
        return ExplainedMail(
            kind: mail.kind,
            links: links.map {
                ExplainedMail.Link(
                    element: $0.group.link.element, lines: $0.group.lines, explained: $0.explained,
                    isAnswered: $0.isAnswered)
            },
            warnings: warnings.inOrder, redirectedCount: counts.redirected, pixelCount: counts.pixels,
            notRedirectedCount: counts.not, leftCount: all.count(where: \.isLeft),
            isIncomplete: mail.isEmpty || mail.problems.contains { $0.hidesLinks })
    }

    /// Whether what stands there gets what it is there for: an image loads whatever a redirect leads to, and a person
    /// who clicks does not want the pixel.
    private static func isAnswered(_ link: MailLink, _ explained: ExplainedLink) -> Bool {
        let isOpen = explained.explanation.outcome == .pixel
        return explained.isAnswered && (!isOpen || link.isPixel)
    }
}

/// The same link in the same kind of element.
struct MailLinkGroup {
    let link: MailLink
    private(set) var lines: [Int]

    /// The different links in the order in which they come first, with the lines of each. O(n).
    static func groups(of links: [MailLink]) -> [MailLinkGroup] {
        var groups: [MailLinkGroup] = []
        var indices: [Key: Int] = [:]
        for link in links {
            let key = Key(element: link.element, text: link.text)
            if let index = indices[key] {
                groups[index].lines.append(link.line)
            } else {
                indices[key] = groups.count
                groups.append(MailLinkGroup(link: link, lines: [link.line]))
            }
        }
        return groups
    }

    private struct Key: Hashable {
        let element: MailElement
        let text: [UInt8]
    }
}

extension MailLink {
    /// True for a click's link and for a pixel.
    var isTracking: Bool { if case .tracking = verdict { true } else { false } }

    /// True for one that is no tracking link on purpose.
    fileprivate var isLeft: Bool {
        switch verdict {
        case .off, .leave: true
        default: false
        }
    }
}
