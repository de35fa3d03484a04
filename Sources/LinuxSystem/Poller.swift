import CLinux

/// What to be told about a descriptor, and what a `Poller` says about it.
package struct Readiness: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Bytes, a connection or the end of the stream can be read (EPOLLIN).
    package static let readable = Readiness(rawValue: UInt32(tremolo_poll_readable))
    /// Bytes can be written (EPOLLOUT).
    package static let writable = Readiness(rawValue: UInt32(tremolo_poll_writable))
    /// The peer sends nothing more (EPOLLRDHUP).
    package static let peerClosed = Readiness(rawValue: UInt32(tremolo_poll_peer_closed))
    /// Both directions are over (EPOLLHUP); told whether asked for or not.
    package static let hangUp = Readiness(rawValue: UInt32(tremolo_poll_hang_up))
    /// The descriptor has failed (EPOLLERR); told whether asked for or not.
    package static let error = Readiness(rawValue: UInt32(tremolo_poll_error))
    /// Asks to be told once of each arrival and of the stream's end: what is not read then is not told again.
    package static let arrivals: Readiness = [.readable, .peerClosed, .edgeTriggered]
    /// The stream is over in one direction at least, or has failed: reading on finds out how.
    package static let ended: Readiness = [.peerClosed, .hangUp, .error]
    /// Asks to be told once for each change instead of as long as it lasts (EPOLLET).
    package static let edgeTriggered = Readiness(rawValue: UInt32(tremolo_poll_edge))
    /// Asks that only one of several pollers of a shared listener wakes up (EPOLLEXCLUSIVE).
    package static let exclusive = Readiness(rawValue: UInt32(tremolo_poll_exclusive))
}

/// One descriptor that has something to say.
package struct PollEvent: Equatable, Sendable {
    /// What the descriptor was added with.
    package let token: UInt64
    /// What can be done with it.
    package let readiness: Readiness

    package init(token: UInt64, readiness: Readiness) {
        self.token = token
        self.readiness = readiness
    }
}

/// Waits for many descriptors at once, epoll(7). Used by one thread; waiting allocates nothing.
///
/// A token says which descriptor an event is about. It carries a generation beside the place in the owner's slab, so
/// that an event for a number that was closed and reused within one turn is known as old.
@safe
package struct Poller: ~Copyable {
    private let descriptor: FileDescriptor
    private let events: UnsafeMutablePointer<tremolo_poll_event>
    private let capacity: Int32
    /// Events that the last `wait` found; `event(at:)` reads them.
    package private(set) var count = 0

    /// The most events that one wait hands over; the rest come with the next.
    package static let eventsMax = Int(tremolo_poll_events_max)

    /// Opens one, epoll_create1(2).
    ///
    /// - Parameter capacity: most events a wait, from 1 up to `eventsMax`.
    package init(capacity: Int = Poller.eventsMax) throws(SystemError) {
        precondition(capacity >= 1 && capacity <= Poller.eventsMax, "a wait hands over 1 to eventsMax events")
        descriptor = FileDescriptor(
            owning: Int32(truncatingIfNeeded: try checked(tremolo_poller_create(), .epollCreate)))
        unsafe events = UnsafeMutablePointer.allocate(capacity: capacity)
        self.capacity = Int32(capacity)
    }

    deinit {
        unsafe events.deallocate()
    }

    /// Begins to watch a descriptor.
    package func add(_ descriptor: Int32, token: UInt64, interest: Readiness) throws(SystemError) {
        try check(tremolo_poller_add(self.descriptor.rawValue, descriptor, interest.rawValue, token), .epollControl)
    }

    /// Changes what is watched for, and the token.
    package func modify(_ descriptor: Int32, token: UInt64, interest: Readiness) throws(SystemError) {
        try check(tremolo_poller_modify(self.descriptor.rawValue, descriptor, interest.rawValue, token), .epollControl)
    }

    /// Stops watching. Closing a descriptor does so too.
    package func remove(_ descriptor: Int32) throws(SystemError) {
        try check(tremolo_poller_remove(self.descriptor.rawValue, descriptor), .epollControl)
    }

    /// Waits until something is ready, or the time is over.
    ///
    /// - Parameter timeoutMilliseconds: 0 only looks, -1 waits for ever.
    /// - Returns: how many events there are; 0 when the time is over or a signal came between.
    @discardableResult
    package mutating func wait(timeoutMilliseconds: Int32) throws(SystemError) -> Int {
        count = 0
        count = try checked(
            unsafe tremolo_poller_wait(descriptor.rawValue, events, capacity, timeoutMilliseconds), .epollWait)
        return count
    }

    /// As `wait(timeoutMilliseconds:)`, to the nanosecond, epoll_pwait2(2); how late it ends is up to the thread's
    /// timer slack and the scheduler. A kernel before 5.11 cuts the time to whole milliseconds.
    @discardableResult
    package mutating func wait(timeoutNanoseconds: Int64) throws(SystemError) -> Int {
        count = 0
        count = try checked(
            unsafe tremolo_poller_wait_nanoseconds(descriptor.rawValue, events, capacity, timeoutNanoseconds),
            .epollWait)
        return count
    }

    /// One event of the last `wait`, by its index below `count`.
    package func event(at index: Int) -> PollEvent {
        precondition(index >= 0 && index < count, "the last wait found fewer events")
        let event = unsafe events[index]
        return PollEvent(token: event.token, readiness: Readiness(rawValue: event.readiness))
    }
}
