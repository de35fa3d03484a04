internal import Bytes
internal import TrackingLinks

/// An event that owns its text: for printing, not for counting. `EventView` is the form for that.
package struct Event: Sendable {
    /// What stands in the event's head and parts.
    package let view: EventView
    /// Every field that is there, what is not UTF-8 replaced by U+FFFD.
    package let texts: [EventField: String]
    /// The fields that were not valid UTF-8, by ascending tag.
    package let lossyFields: [EventField]

    /// Copies the text of an event out of its payload.
    package init(_ view: EventView, in payload: Span<UInt8>) {
        var texts: [EventField: String] = [:]
        var lossy: [EventField] = []
        for field in EventField.allCases {
            guard let range = view.range(of: field) else { continue }
            let bytes = payload.extracting(range.offsets)
            texts[field] = bytes.toString()
            if !UTF8Validation.isValid(bytes) { lossy.append(field) }
        }
        self.view = view
        self.texts = texts
        lossyFields = lossy
    }

    /// The link that reports count by: the destination after the section's rules, with the link's label behind it.
    package var link: String? {
        LinkKey.text(url: texts[.link] ?? texts[.target], label: texts[.label])
    }

    /// Where the recipient was sent; nil for a page or a pixel.
    package var location: String? {
        switch view.outcome {
        case .redirected: texts[.location] ?? texts[.link] ?? texts[.target]
        case .fallback: texts[.location]
        case .asked, .refused, .pixel: nil
        }
    }

    /// The person as `events` prints it: the identifier where identity is raw, else the pseudonym.
    package var subjectText: String? {
        view.flags.contains(.rawIdentity) ? texts[.cuid] : view.subject?.pseudonym.hex
    }

    /// The word for why the request was answered so.
    package var reason: String {
        DecisionReason(rawValue: view.reason).map { "\($0.name)" } ?? "reason-\(view.reason)"
    }

    /// The words for what was repaired and noted; a bit that this version doesn't know is shown by its number.
    package var repairs: [String] {
        var known: UInt32 = 0
        for (repair, _) in LinkRepair.named { known |= repair.rawValue }
        let unknown = (0..<32).filter { view.repairs & ~known & (1 << UInt32($0)) != 0 }
        return LinkRepair(rawValue: view.repairs).names + unknown.map { "repair-\($0)" }
    }
}
