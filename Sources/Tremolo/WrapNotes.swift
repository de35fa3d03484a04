import Mail
import Settings
import TrackingLinks

/// What `tremolo wrap` tells a person: which links need a look, and what it did. No link's text stands in it but
/// template code, because a finished mail's links hold its recipient.
enum WrapNotes {
    static func write(_ wrapped: WrappedMail, of source: WrapSource, isSigned: Bool) {
        for link in wrapped.links {
            for note in [note(on: link), foreignCode(in: link), signature(of: link, isSigned: isSigned)] {
                guard let note else { continue }
                CommandOutput.note("\(Message.onOneLine(source.name)):\(link.line): \(link.element.name): \(note)")
            }
        }
        for place in wrapped.unfilledCode {
            CommandOutput.note(
                "\(Message.onOneLine(source.name)):\(place.line): \(printable(place.text)) names no column and stays")
        }
        for place in wrapped.untouchedCode {
            CommandOutput.note(
                "\(Message.onOneLine(source.name)):\(place.line): \(printable(place.text)) stays: nothing is filled in "
                    + "in a script, a style or a comment")
        }
        for pointer in wrapped.unmatchedPointers {
            CommandOutput.note("\(Message.onOneLine(source.name)): \(Message.onOneLine(pointer)) leads to no text")
        }
        if wrapped.unfilledVariables.contains(.identifier) {
            CommandOutput.note(
                "\(Message.onOneLine(source.name)): \(TrackingVariable.identifier.spelling) stays: there is no --cuid")
        }
        CommandOutput.note(summary(wrapped))
    }

    /// Says which fields hold a tag that the named sender does not know.
    static func write(foreignCodeIn options: MailWrapper.Options) {
        for (field, value) in options.fields.values.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let code = options.profile.foreignCode(in: value) else { continue }
            CommandOutput.note("\(field.name): \(foreign(code))")
        }
    }

    private static func foreign(_ code: [UInt8]) -> String {
        "\(printable(code)) is no code of this sender's: it will be sent as text to every recipient"
    }

    private static func foreignCode(in link: MailLink) -> String? {
        link.foreignCode.isEmpty ? nil : foreign(link.foreignCode)
    }

    private static func note(on link: MailLink) -> String? {
        switch link.verdict {
        case .wrap where link.isRaw && link.isWholeTag:
            "\(printable(link.code)) stands raw: its target is known only when it is sent, and has to begin with "
                + "http:// or https://"
        case .wrap where link.isRaw: "\(printable(link.code)) stands raw: the sender can't percent-encode it"
        case .wrap where link.isWholeTag:
            "\(printable(link.code)) is the whole link: its target is known only when it is sent"
        case .leave(let pattern): "left: it holds '\(Message.onOneLine(pattern))'"
        case .relative: "left: it is relative, and a mail has no address of its own"
        case .image: "left: it is an image"
        case .unusable(let refusal): "left: \(refusal.explanation)"
        case .unknownReference(let name):
            "left: a browser may read &\(Message.onOneLine(name)); as a sign that is not known here: "
                + "write it percent-encoded"
        case .wrap, .tracking, .off, .otherScheme, .fragment, .empty: nil
        }
    }

    /// Says where a signature was asked for and does not cover the link's target.
    private static func signature(of link: MailLink, isSigned: Bool) -> String? {
        guard isSigned, link.verdict == .wrap else { return nil }
        return switch link.signature {
        case .target, .person: nil
        case .link: "its signature does not cover its target: the section has to list its host"
        case nil: "not signed: it is too long"
        }
    }

    /// Code as a line, at most 80 characters of it.
    private static func printable(_ code: [UInt8]) -> String {
        let text = Message.onOneLine(String(decoding: code, as: UTF8.self))
        if text.isEmpty { return "a column" }
        return text.count <= 80 ? text : text.prefix(79) + "…"
    }

    /// `1 link`, `2 links`.
    static func count(_ number: UInt64, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }

    private static func summary(_ wrapped: WrappedMail) -> String {
        let made = wrapped.links.count { $0.verdict == .wrap }
        let there = wrapped.trackingLinkCountBefore
        let left = wrapped.links.count {
            switch $0.verdict {
            case .off, .leave, .relative, .image, .unusable, .unknownReference: true
            default: false
            }
        }
        let pixel =
            switch wrapped.pixel {
            case .added: "the pixel was added"
            case .alreadyThere: "the pixel was there"
            case .none: "there is no pixel"
            }
        return "wrapped: \(count(UInt64(made), "link")); tracking links before: \(there); left: \(left); \(pixel)"
            + (wrapped.hasDecoy ? "; a link that no person sees is there" : "")
    }
}
