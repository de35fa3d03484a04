import Dispatch
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("Commands do not wait for one another's work")
struct ControlSocketTests {
    @Test("A hundred that wait for something hold up none that does not")
    func waiting() throws {
        let place = try TemporaryFolder()
        let folder = DataFolder(path: place.path)
        let (gate, arrived) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let standing = EdgeStanding(waiting: 1, lost: 2, processID: 3)
        let socket = try ControlSocket(folder) { request, _, reply in
            if case .rebuild = request {
                arrived.signal()
                gate.wait()
            }
            reply(.done(standing))
        }
        let group = DispatchGroup()
        let done = Mutex(0)
        for _ in 0..<100 {
            group.enter()
            _ = try SystemThread.start(name: "waits") {
                let request = ControlRequest.rebuild(withoutSealed: false)
                do {
                    let answer = try ControlClient(folder).ask(request, timeoutMilliseconds: 600_000)
                    if answer == standing { done.withLock { $0 += 1 } }
                } catch {
                    Issue.record("\(error)")
                    // It has never come there, or will not come back: nobody is to wait for it.
                    arrived.signal()
                }
                group.leave()
            }
        }
        for _ in 0..<100 { arrived.wait() }
        #expect(try ControlClient(folder).ask(.flush, timeoutMilliseconds: 60_000) == standing)
        #expect(done.withLock { $0 } == 0)
        for _ in 0..<100 { gate.signal() }
        group.wait()
        #expect(done.withLock { $0 } == 100)
        socket.close()
    }
}
