import Testing

@testable import HTTPEngine

@Suite("Response times fall into the bucket whose end they don't pass")
struct ResponseTimesTests {
    @Test func everyBound() {
        for (place, bound) in ResponseTimes.boundsNanoseconds.indices.map({ ($0, ResponseTimes.boundsNanoseconds[$0]) })
        {
            let times = ResponseTimes()
            times.add(1, nanoseconds: bound)
            times.add(2, nanoseconds: bound + 1)
            var expected = ResponseTimes.Snapshot()
            expected.counts[place] = 1
            expected.counts[place + 1] = 2
            expected.sumNanoseconds = bound + 2 * (bound + 1)
            #expect(times.snapshot == expected)
        }
    }

    @Test func workersAddUp() {
        let (one, other) = (ResponseTimes(), ResponseTimes())
        one.add(3, nanoseconds: 20_000)
        other.add(1, nanoseconds: 20_000)
        other.add(1, nanoseconds: .max)
        var sum = one.snapshot
        sum.add(other.snapshot)
        #expect(sum.counts[1] == 4 && sum.counts.last == 1)
        #expect(sum.sumNanoseconds == 80_000 &+ .max)
    }
}
