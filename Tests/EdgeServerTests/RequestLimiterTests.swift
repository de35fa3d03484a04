import Bytes
import LinuxSystem
import Settings
import TestSupport
import Testing

@testable import EdgeServer

/// One that may be asked inside of an expectation.
private final class Limiter {
    private var limiter: RequestLimiter
    var isOn: Bool { limiter.isOn }

    init(_ limit: RequestLimit, rowCount: Int = RequestLimiter.rowCount) {
        limiter = RequestLimiter(limit, rowCount: rowCount)
    }

    func admits(_ address: IPAddress, atNanoseconds now: UInt64) -> Bool {
        limiter.admits(address, atNanoseconds: now)
    }
}

@Suite("A client that keeps to the limit is within it, one that does not is beyond it, whoever else asks")
struct RequestLimiterTests {
    private static let second: UInt64 = 1_000_000_000
    private static let start: UInt64 = 5_000 * second
    private static let heavy = IPAddress.ipv4(0xC000_0201)

    private static func limit(_ rate: String, burst: Int) throws -> RequestLimit {
        var settings = LimitSettings()
        settings.requestsPerAddress = RequestRate(rate)
        try #require(settings.requestsPerAddress != nil)
        settings.requestBurst = burst
        return RequestLimit(settings)
    }

    private static func address(_ number: Int) -> IPAddress { .ipv4(0x0A00_0000 + UInt32(number)) }

    @Test("A burst at once, then one for each part of the rate, and a rest gives the burst back")
    func rate() throws {
        let limiter = Limiter(try Self.limit("10/s", burst: 5))
        func admitted(_ count: Int, at time: UInt64) -> Int {
            (0..<count).count { _ in limiter.admits(Self.heavy, atNanoseconds: time) }
        }
        #expect(admitted(100, at: Self.start) == 5)
        #expect(admitted(100, at: Self.start + Self.second / 10 - 1) == 0)
        #expect(admitted(100, at: Self.start + Self.second / 10) == 1)
        #expect(admitted(100, at: Self.start + 3 * Self.second / 10) == 2)
        #expect(admitted(100, at: Self.start + 100 * Self.second) == 5)
        // Whoever keeps to the rate is never beyond it, however long.
        for step in 0..<10_000 {
            let time = Self.start + 200 * Self.second + UInt64(step) * Self.second / 10
            #expect(admitted(1, at: time) == 1)
        }
    }

    @Test("The limit is exact at random times, held against a plain bucket")
    func model() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let limiter = Limiter(try Self.limit("60/min", burst: 7), rowCount: 1)
        // In units of a nanosecond's share, so that nothing is rounded.
        var level: [UInt64] = Array(repeating: 7 * Self.second, count: 5)
        var seen = Array(repeating: Self.start, count: 5)
        var time = Self.start
        for step in 0..<20_000 {
            time += UInt64.random(in: 0...(Self.second / 3), using: &random)
            let number = Int.random(in: 0..<5, using: &random)
            level[number] = min(7 * Self.second, level[number] + (time - seen[number]))
            seen[number] = time
            let expected = level[number] >= Self.second
            if expected { level[number] -= Self.second }
            let admits = limiter.admits(Self.address(number), atNanoseconds: time)
            #expect(admits == expected, "seed \(seed), step \(step)")
        }
    }

    @Test("Nobody frees himself by coming from a hundred thousand other addresses, were they all in his row")
    func eviction() throws {
        let limiter = Limiter(try Self.limit("1/s", burst: 10), rowCount: 1)
        for _ in 0..<10 { #expect(limiter.admits(Self.heavy, atNanoseconds: Self.start)) }
        #expect(!limiter.admits(Self.heavy, atNanoseconds: Self.start))
        for number in 0..<100_000 {
            // Each may ask: it has asked for nothing before.
            let time = Self.start + UInt64(number) * 5_000
            #expect(limiter.admits(Self.address(number), atNanoseconds: time))
            if number % 1_000 == 0 { #expect(!limiter.admits(Self.heavy, atNanoseconds: time), "\(number)") }
        }
    }

    @Test("In a row full of those that are at the limit, each of them stays there and anybody else goes free")
    func fullRow() throws {
        let limiter = Limiter(try Self.limit("1/s", burst: 10), rowCount: 1)
        for number in 0..<RequestLimiter.rowLength {
            for _ in 0..<10 { #expect(limiter.admits(Self.address(number), atNanoseconds: Self.start)) }
        }
        for _ in 0..<50 { #expect(limiter.admits(Self.heavy, atNanoseconds: Self.start)) }
        for number in 0..<RequestLimiter.rowLength {
            #expect(!limiter.admits(Self.address(number), atNanoseconds: Self.start))
        }
        // Their time over, the next one has a place, and a limit.
        let later = Self.start + 10 * Self.second
        #expect((0..<50).count { _ in limiter.admits(Self.heavy, atNanoseconds: later) } == 10)
    }

    @Test("The addresses of one IPv6 network of 64 bits are one client, and none is an IPv4 address")
    func networks() throws {
        let limiter = Limiter(try Self.limit("1/s", burst: 3), rowCount: 1)
        func admits(_ address: IPAddress) -> Bool { limiter.admits(address, atNanoseconds: Self.start) }
        #expect((0..<9).count { admits(.ipv6(high: 0xC000_0201, low: UInt64($0))) } == 3)
        #expect(admits(.ipv6(high: 0xC000_0202, low: 1)))
        #expect((0..<9).count { _ in admits(Self.heavy) } == 3)
        // The same address, wrapped.
        #expect(!admits(.ipv6(high: 0, low: 0xFFFF_C000_0201)))
    }

    @Test("Without a limit there is no table")
    func off() {
        let limiter = Limiter(.none)
        #expect(!limiter.isOn)
    }
}
