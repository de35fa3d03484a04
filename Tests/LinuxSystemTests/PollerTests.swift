import LinuxSystem
import Synchronization
import Testing

@Suite("A thread that waits is woken by what it watches")
struct PollerTests {
    @Test func aSignalWakesUntilItIsDrained() throws {
        let wakeup = try Wakeup()
        var poller = try Poller(capacity: 4)
        try poller.add(wakeup.rawValue, token: 0xFFFF_FFFF_0000_0001, interest: .readable)
        #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
        wakeup.signal()
        wakeup.signal()
        #expect(try poller.wait(timeoutMilliseconds: -1) == 1)
        #expect(poller.event(at: 0) == PollEvent(token: 0xFFFF_FFFF_0000_0001, readiness: .readable))
        wakeup.drain()
        #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
        wakeup.drain()
    }

    @Test func anotherThreadWakesTheWaiter() throws {
        let wakeup = try Wakeup()
        var poller = try Poller()
        try poller.add(wakeup.rawValue, token: 1, interest: .readable)
        let thread = try SystemThread.start(name: "waker") { wakeup.signal() }
        while try poller.wait(timeoutMilliseconds: -1) == 0 {}
        thread.join()
        #expect(poller.event(at: 0).token == 1)
    }

    @Test func aWaitHandsOverNoMoreThanItsCapacity() throws {
        let wakeups = try (0..<3).map { _ in try Wakeup() }
        var poller = try Poller(capacity: 2)
        for (index, wakeup) in wakeups.enumerated() {
            try poller.add(wakeup.rawValue, token: UInt64(index), interest: .readable)
            wakeup.signal()
        }
        #expect(try poller.wait(timeoutMilliseconds: 0) == 2)
    }

    @Test func whatIsWatchedChanges() throws {
        let wakeup = try Wakeup()
        var poller = try Poller()
        try poller.add(wakeup.rawValue, token: 1, interest: .readable)
        try poller.modify(wakeup.rawValue, token: 2, interest: [.readable, .writable])
        #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
        #expect(poller.event(at: 0) == PollEvent(token: 2, readiness: .writable))
        try poller.remove(wakeup.rawValue)
        #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
        do {
            try poller.remove(wakeup.rawValue)
            Issue.record("removed twice")
        } catch {
            #expect(error.description == "epoll_ctl: No such file or directory (ENOENT)")
        }
    }

    @Test func aThreadRunsItsBodyBeforeItIsJoined() throws {
        let count = Atomic(0)
        let threads = try (0..<4).map { index in
            try SystemThread.start(name: "adder \(index)", niceness: 10, processor: 0, stackBytes: 262_144) {
                count.add(1, ordering: .relaxed)
            }
        }
        for thread in threads { thread.join() }
        for thread in threads { thread.join() }
        #expect(count.load(ordering: .relaxed) == 4)
    }

    /// Neither a slice nor giving way is refused by this machine's kernel, and a thread that gives way goes on.
    @Test func aThreadHasItsSliceAndGivesWay() throws {
        let rounds = Atomic(0)
        let thread = try SystemThread.start(name: "slice", niceness: 5, sliceNanoseconds: 100_000) {
            for _ in 0..<100 {
                SystemThread.giveWay()
                rounds.add(1, ordering: .relaxed)
            }
        }
        thread.join()
        #expect(rounds.load(ordering: .relaxed) == 100)
    }

    @Test func clocksGoForward() {
        let monotonic = SystemClock.monotonicNanoseconds()
        #expect(SystemClock.monotonicNanoseconds() >= monotonic)
        // 2020 to 2100.
        #expect((1_577_836_800_000_000_000...4_102_444_800_000_000_000).contains(SystemClock.realtimeNanoseconds()))
    }
}
