/// A length of time, as settings write it: `"5 s"`, `"1 h"`, `"90 days"`.
///
/// A span is always written with its unit. Units are `ns`, `us`, `ms`, `s`, `min`, `h`, `days` and `weeks`, with the
/// long and singular forms of each (`second`, `minutes`, `day`), in any case; a number may have decimals (`"1.5 h"`). A
/// day is 24 hours: a span knows nothing of calendars. The longest span is about 584 years.
package struct TimeSpan: Hashable, Comparable, Sendable {
    /// The length in nanoseconds.
    package let nanoseconds: UInt64

    /// Makes a span of so many nanoseconds.
    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// A span of so many seconds.
    package static func seconds(_ count: UInt64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000_000) }

    /// A span of so many hours.
    package static func hours(_ count: UInt64) -> TimeSpan { seconds(count * 3_600) }

    /// A span of so many times 24 hours.
    package static func days(_ count: UInt64) -> TimeSpan { hours(count * 24) }

    /// The length in whole seconds, a part of a second dropped.
    package var wholeSeconds: UInt64 { nanoseconds / 1_000_000_000 }

    /// True when the first span is the shorter one.
    package static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Reads a span with its unit.
    ///
    /// - Parameter bareSeconds: takes a bare number for seconds, as a flag such as `--flush-interval 5` means it. The
    ///   configuration file asks for the unit.
    /// - Throws: `.missingUnit`, `.unknownUnit`, `.malformed`, `.tooLarge` or `.notWhole` (a part of a nanosecond).
    package init(_ text: String, bareSeconds: Bool = false) throws(QuantityError) {
        let bareFactor: UInt64? = bareSeconds ? 1_000_000_000 : nil
        nanoseconds = try Quantity.read(text, units: Self.units, form: .span, bareFactor: bareFactor)
    }

    private static let units: [QuantityUnit] = [
        QuantityUnit(name: "ns", aliases: ["nanosecond", "nanoseconds"], factor: 1),
        QuantityUnit(name: "us", aliases: ["µs", "μs", "microsecond", "microseconds"], factor: 1_000),
        QuantityUnit(name: "ms", aliases: ["millisecond", "milliseconds"], factor: 1_000_000),
        QuantityUnit(name: "s", aliases: ["sec", "second", "seconds"], factor: 1_000_000_000),
        QuantityUnit(name: "min", aliases: ["minute", "minutes"], factor: 60_000_000_000),
        QuantityUnit(name: "h", aliases: ["hour", "hours"], factor: 3_600_000_000_000),
        QuantityUnit(name: "days", singular: "day", aliases: ["d"], factor: 86_400_000_000_000),
        QuantityUnit(name: "weeks", singular: "week", aliases: ["w"], factor: 604_800_000_000_000, isWritten: false),
    ]
}

extension TimeSpan: CustomStringConvertible {
    /// The span in the largest unit that gives a whole number, such as `90 days`. Reading it gives the same span.
    package var description: String { Quantity.describe(nanoseconds, units: Self.units) }
}
