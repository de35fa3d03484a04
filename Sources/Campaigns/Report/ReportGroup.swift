import Bytes

/// What the rows of a report are grouped by, before it becomes text.
enum ReportGroup: Hashable {
    /// The events have no such value.
    case none
    case text(String)
    /// Days since 1970-01-01.
    case day(Int32)
    /// The start of an hour in seconds since 1970 UTC, and the offset of the clocks in it.
    case hour(startSeconds: Int64, offsetSeconds: Int32)

    /// Texts are the same where their bytes are: two ways to write one character are two values to whoever counts.
    static func == (left: ReportGroup, right: ReportGroup) -> Bool {
        switch (left, right) {
        case (.none, .none): true
        case (.text(let one), .text(let other)): one.utf8.elementsEqual(other.utf8)
        case (.day(let one), .day(let other)): one == other
        case (.hour(let one, let oneOffset), .hour(let other, let otherOffset)):
            one == other && oneOffset == otherOffset
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .none: break
        case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .day(let number): hasher.combine(number)
        case .hour(let start, let offset):
            hasher.combine(start)
            hasher.combine(offset)
        }
    }

    /// A text, or nothing.
    init(_ text: String?) {
        self = text.map { .text($0) } ?? .none
    }

    /// The value as JSON and CSV carry it.
    var text: String? {
        switch self {
        case .none:
            return nil
        case .text(let text):
            return text
        case .day(let number):
            return CivilDate(dayNumber: Int(number)).text
        case .hour(let start, let offset):
            let nanoseconds = UInt64(clamping: start).multipliedReportingOverflow(by: 1_000_000_000)
            return RFC3339.string(
                nanoseconds.overflow ? .max : nanoseconds.partialValue, fractionDigits: 0, offsetSeconds: Int(offset))
        }
    }

    /// Nothing first, then moments by time and texts by their bytes.
    func precedes(_ other: ReportGroup) -> Bool {
        switch (self, other) {
        case (.none, let right):
            return right != .none
        case (_, .none):
            return false
        case (.day(let left), .day(let right)):
            return left < right
        case (.hour(let left, let leftOffset), .hour(let right, let rightOffset)):
            return (left, leftOffset) < (right, rightOffset)
        case (.text(let left), .text(let right)):
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        default:
            // A column holds one kind of value.
            return false
        }
    }
}

/// The figures of one row while they are added up.
struct ReportTally: Equatable {
    var clicks = EngagementFigures()
    var opens = EngagementFigures()
    /// True when the range of time cuts a day of a section in this row: then its people are not known.
    var hidesPeople = false
    /// What sealed counts don't tell of its people.
    var sealedPeople = SealedPeopleGaps()
    var host: HostSighting?
}

/// What sealed counts don't tell of the people of a row.
struct SealedPeopleGaps: Equatable {
    /// Unique people of clicks are not known.
    var hidesClicks = false
    /// Unique people of opens are not known.
    var hidesOpens = false
    /// More people came than were counted.
    var isBound = false

    /// Some unique people are not known.
    var hidesAny: Bool { hidesClicks || hidesOpens }

    /// Adds what another row lacks.
    mutating func add(_ other: SealedPeopleGaps) {
        hidesClicks = hidesClicks || other.hidesClicks
        hidesOpens = hidesOpens || other.hidesOpens
        isBound = isBound || other.isBound
    }
}
