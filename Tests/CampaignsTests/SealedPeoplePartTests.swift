import Bytes
import Testing

@testable import Campaigns

@Suite("What a row of sealed months says of its people when some come later than its counts reach")
struct SealedPeoplePartTests {
    /// 2025-01-01, as days since 1970.
    private static let january: Int32 = 20_089
    private static let month = SealedMonths.Month(
        firstDay: january, lastDay: january + 30, reachDay: january + 58, seal: 1, isSealed: true)

    /// Four hundred people on two days of a sealed January, and others on a day behind the reach of its counts.
    private static func answer(later: UInt64, grouping: PeopleGrouping? = .experience) -> SealedPeoplePart.Answer {
        let range = SectionRange(ReportQuestion(), zone: .utc)
        let counts = PeopleCounts(people: 380, unique: 400)
        var part = SealedPeoplePart(grouping: grouping)
        for day in [january + 3, january + 9] {
            part.take(first: day, last: day, PeopleCounts(people: 200, unique: 210), range)
        }
        part.take(first: january, last: january + 30, counts, range)
        part.close([month])
        let isPassedOver = part.takeOpen(month.reachDay + 1, range)
        #expect(!isPassedOver, "its set has to be read")
        return part.answer(range, openCounts: PeopleCounts(people: later, unique: later))
    }

    @Test("One in a hundred of those counted leaves a lower bound, one more leaves nothing known")
    func oneInAHundred() {
        let counted = PeopleCounts(people: 380, unique: 400)
        #expect(Self.answer(later: 0) == .atLeast(counted))
        #expect(Self.answer(later: 4) == .atLeast(counted))
        #expect(Self.answer(later: 5) == .unknown)
        #expect(Self.answer(later: .max) == .unknown)
        #expect(Self.answer(later: 1, grouping: nil) == .unknown)
    }
}
