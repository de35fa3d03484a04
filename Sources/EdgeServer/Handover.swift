import Synchronization

/// A place where one thread leaves a value for another, which takes it when it comes by and never waits.
///
/// Asking whether there is one costs an atomic load. A value that was not taken is replaced by the next.
final class Handover<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    /// The address of a box that this place owns, or 0.
    private let waiting = Atomic<UInt>(0)

    /// Leaves a value. Any thread may.
    func put(_ value: Value) {
        let address = unsafe UInt(bitPattern: Unmanaged.passRetained(Box(value)).toOpaque())
        _ = Self.own(waiting.exchange(address, ordering: .acquiringAndReleasing))
    }

    /// True when nothing is left: the last value was taken.
    var isEmpty: Bool { waiting.load(ordering: .acquiring) == 0 }

    /// Takes the value that was left last, once.
    @inline(__always)
    func take() -> Value? {
        guard waiting.load(ordering: .relaxed) != 0 else { return nil }
        return Self.own(waiting.exchange(0, ordering: .acquiringAndReleasing))
    }

    deinit {
        _ = take()
    }

    private static func own(_ address: UInt) -> Value? {
        guard let box = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
        return unsafe Unmanaged<Box>.fromOpaque(box).takeRetainedValue().value
    }
}
