/// A length of time in whole months of the calendar, as settings write it: `"13 months"`, `"2 years"`.
///
/// A month is as long as the calendar has it, which is why a `TimeSpan` is none. Units are `months` and `years`, with
/// the singular of each, in any case; a year is twelve months.
package struct MonthSpan: Hashable, Comparable, Sendable {
    /// The length in months.
    package let months: Int

    /// Makes a span of so many months.
    package init(months: Int) {
        self.months = months
    }

    /// True when the first span is the shorter one.
    package static func < (left: MonthSpan, right: MonthSpan) -> Bool { left.months < right.months }

    /// Reads a span with its unit.
    ///
    /// - Throws: `.missingUnit`, `.unknownUnit`, `.malformed`, `.tooLarge` or `.notWhole` (a part of a month).
    package init(_ text: String) throws(QuantityError) {
        months = Int(clamping: try Quantity.read(text, units: Self.units, form: .months))
    }

    private static let units: [QuantityUnit] = [
        QuantityUnit(name: "months", singular: "month", factor: 1),
        QuantityUnit(name: "years", singular: "year", factor: 12, isWritten: false),
    ]
}

extension MonthSpan: CustomStringConvertible {
    /// The span in months, such as `13 months`. Reading it gives the same span.
    package var description: String { Quantity.describe(UInt64(clamping: months), units: Self.units) }
}
