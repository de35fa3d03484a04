package import Bytes

/// A moment at which something ends, as settings write it: a day, with whose end it comes, or an RFC 3339 instant.
///
/// A day is one of the section's time zone, which this room does not know: whoever uses the setting resolves it.
package struct Deadline: Equatable, Sendable {
    /// When it is.
    package enum Moment: Equatable, Sendable {
        /// The end of a calendar day.
        case endOfDay(CivilDate)
        /// Nanoseconds since 1970 UTC.
        case instant(nanoseconds: UInt64)
    }

    /// When it is.
    package let moment: Moment
    /// The text that was read.
    package let text: String

    /// Reads `2026-12-31` or `2026-12-31T18:00:00Z`, of the years 1970 to 2260; nil for any other text.
    package init?(_ text: String) {
        self.text = text
        if let day = RFC3339.civilDate(text) {
            guard (1970...2260).contains(day.year) else { return nil }
            moment = .endOfDay(day)
        } else if let nanoseconds = RFC3339.nanoseconds(text) {
            moment = .instant(nanoseconds: nanoseconds)
        } else {
            return nil
        }
    }

    /// True for a day or an instant of any year, also one that `init(_:)` refuses.
    static func isDayOrInstant(_ text: String) -> Bool {
        RFC3339.civilDate(text) != nil || RFC3339.isDateTime(text)
    }

    /// The beginning of 1970.
    static let past = Deadline(moment: .instant(nanoseconds: 0), text: "1970-01-01T00:00:00Z")

    private init(moment: Moment, text: String) {
        (self.moment, self.text) = (moment, text)
    }
}

extension SettingKind where Value == Deadline {
    /// A day or an instant.
    static let deadline = SettingKind { value, reading in
        guard let text = reading.text(value) else { return nil }
        return Deadline(text)
            ?? reading.note(Deadline.isDayOrInstant(text) ? .deadlineOutOfRange : .badDeadline, at: value)
    } encode: {
        .quoted($0.text)
    }
}
