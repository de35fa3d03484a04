import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

/// Something whose end can be seen.
private final class Counted: Sendable {
    let number: Int
    private let alive: SharedCount

    init(_ number: Int, _ alive: SharedCount) {
        (self.number, self.alive) = (number, alive)
        alive.value.wrappingAdd(1, ordering: .relaxed)
    }

    deinit {
        alive.value.wrappingSubtract(1, ordering: .relaxed)
    }
}

private final class SharedCount: Sendable {
    let value = Atomic(0)
}

@Suite("A value is handed from one thread to another, once")
struct HandoverTests {
    @Test("The last value is taken once; what nobody takes is released")
    func once() {
        let alive = SharedCount()
        do {
            let place = Handover<Counted>()
            #expect(place.take() == nil && place.isEmpty)
            place.put(Counted(1, alive))
            place.put(Counted(2, alive))
            #expect(alive.value.load(ordering: .relaxed) == 1 && !place.isEmpty)
            #expect(place.take()?.number == 2)
            #expect(place.take() == nil && place.isEmpty)
            place.put(Counted(3, alive))
        }
        #expect(alive.value.load(ordering: .relaxed) == 0)
    }

    @Test("While one thread puts, another takes: in order, none twice, and the last one in the end")
    func threads() throws {
        let alive = SharedCount()
        let place = Handover<Counted>()
        let count = 20_000
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            for number in 1...count { place.put(Counted(number, alive)) }
            done.signal()
        }
        var last = 0
        try eventually("the last one is taken") {
            while let next = place.take() {
                #expect(next.number > last)
                last = next.number
            }
            return last >= count
        }
        done.wait()
        #expect(alive.value.load(ordering: .relaxed) == 0)
    }

    @Test("Asking allocates nothing")
    func allocations() {
        let place = Handover<[Int]>()
        let allocations = allocationCount { for _ in 0..<100 { _ = place.take() } }
        #expect(allocations == 0)
    }
}
