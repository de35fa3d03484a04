import Glibc
import LinuxSystem
import Synchronization
import Testing

@Suite("A signal is something to read")
struct SignalTests {
    @Test func aBlockedSignalIsReadOnce() throws {
        let found = Mutex<[ProcessSignal?]>([])
        // On a thread of its own: the block stays with the thread.
        let thread = try SystemThread.start(name: "signals") {
            guard let signals = try? SignalFile([.user2, .terminate]) else { return }
            let before = try? signals.next()
            _ = raise(SIGUSR2)
            let first = try? signals.next()
            let after = try? signals.next()
            found.withLock { $0 = [before, first, after] }
        }
        thread.join()
        #expect(found.withLock { $0 } == [nil, .user2, nil])
    }

    @Test func aProcessThatIsNotThereTakesNoSignal() {
        do {
            try ProcessSignal.hangUp.send(to: .max)
            Issue.record("a process took a signal that has no such id")
        } catch {
            #expect(error.description == "kill: No such process (ESRCH)")
        }
    }
}
