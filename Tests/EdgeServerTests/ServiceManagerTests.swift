import Foundation
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("The service manager is told how the server is")
struct ServiceManagerTests {
    private func manager(_ receiver: NotifyReceiver, _ more: [String: String] = [:]) -> ServiceManager {
        let variables = ["NOTIFY_SOCKET": receiver.name].merging(more) { $1 }
        return ServiceManager(log: ServerLog(), processID: 42) { variables[$0] }
    }

    @Test("Ready, reloading, well and stopping, over a path and over a name without one", arguments: [false, true])
    func messages(isAbstract: Bool) throws {
        let receiver = try NotifyReceiver(isAbstract: isAbstract)
        let manager = manager(receiver)
        // Before it is ready there is nothing to go back to.
        manager.reloading()
        manager.reloaded()
        manager.ready("answers on 127.0.0.1:1")
        #expect(receiver.next() == "READY=1\nSTATUS=answers on 127.0.0.1:1")
        manager.reloading()
        let before = SystemClock.monotonicNanoseconds() / 1_000
        let lines = receiver.next().split(separator: "\n").map(String.init)
        #expect(lines.first == "RELOADING=1" && lines.last == "STATUS=reads the configuration again")
        let time = try #require(lines.dropFirst().first?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect(time > 0 && time <= before)
        manager.reloaded()
        #expect(receiver.next() == "READY=1\nSTATUS=answers on 127.0.0.1:1")
        manager.isWell()
        #expect(receiver.next() == "WATCHDOG=1")
        manager.stopping(atMostNanoseconds: 5_000_000_000)
        #expect(receiver.next() == "STOPPING=1\nSTATUS=drains\nEXTEND_TIMEOUT_USEC=5000000")
        // A reload that ends now must not look like a server that goes on.
        manager.reloading()
        manager.reloaded()
        manager.isWell()
        #expect(receiver.next() == "WATCHDOG=1")
    }

    @Test("Nobody who listens, a name that is none and one that is too long harm nothing")
    func nobody() throws {
        let folder = try TemporaryFolder()
        for name in ["\(folder.path)/none", "relative/none", "@" + String(repeating: "x", count: 200), "", "vsock:2:1"]
        {
            let manager = ServiceManager(log: ServerLog(), processID: 42) { $0 == "NOTIFY_SOCKET" ? name : nil }
            manager.ready("ready")
            manager.isWell()
            manager.stopping(atMostNanoseconds: 0)
            #expect(manager.watchdogNanoseconds == nil)
        }
    }

    static let times: [([String: String], UInt64?)] = [
        (["WATCHDOG_USEC": "30000000"], 30_000_000_000),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"], 30_000_000_000),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "41"], nil), (["WATCHDOG_USEC": "0"], nil),
        (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_USEC": "18446744073709551615"], nil), ([:], nil),
    ]

    @Test("The watchdog's time is for this process alone, and a time", arguments: times)
    func watchdogTime(_ variables: [String: String], _ time: UInt64?) throws {
        #expect(manager(try NotifyReceiver(isAbstract: true), variables).watchdogNanoseconds == time)
    }

    @Test("A worker that ends no turn keeps the watchdog from being told; one that goes on again does not")
    func progress() throws {
        let receiver = try NotifyReceiver(isAbstract: true)
        let manager = manager(receiver, ["WATCHDOG_USEC": "4000000"])
        let turns = Mutex([UInt64(0), 0])
        let isHung = Atomic(false)
        let workers = [0, 1].map { number in
            Watchdog.Worker(
                turns: { turns.withLock { $0[number] } },
                wake: { if number == 0 || !isHung.load(ordering: .relaxed) { turns.withLock { $0[number] += 1 } } })
        }
        var watchdog = Watchdog(manager, workers)
        let second: UInt64 = 1_000_000_000
        var told: [Bool] = []
        for time in 1...7 as ClosedRange<UInt64> {
            if time == 4 { isHung.store(true, ordering: .relaxed) }
            if time == 6 { isHung.store(false, ordering: .relaxed) }
            watchdog.look(nowNanoseconds: time * second)
            // Too soon: nothing happens.
            watchdog.look(nowNanoseconds: time * second + second / 2)
            told.append(receiver.nextIfAny() == "WATCHDOG=1")
            #expect(receiver.nextIfAny() == nil)
        }
        // Nobody was woken before the first look; from the fourth to the sixth the second worker hangs.
        #expect(told == [false, true, true, true, false, false, true])
    }
}
