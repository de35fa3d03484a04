import CLinux
import Synchronization

/// A thread of its own, pthreads(7): for loops that run as long as the process, which no pool should carry.
package final class SystemThread: Sendable {
    private let handle: UInt64
    private let isJoined = Atomic(false)

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: what `top -H` shows; the kernel keeps 15 bytes.
    ///   - niceness: from -20 to 19, for this thread alone; what the user may not ask for is left out silently.
    ///   - sliceNanoseconds: how long it runs at a time while others wait, 100 us to 100 ms, or nil for the kernel's
    ///     choice. Who runs shortly runs soon: a thread that was woken goes before those of longer slices. Kernels
    ///     before 6.12 keep their own, silently.
    ///   - processor: the one processor to stay on, or nil; one that doesn't exist is left out silently.
    ///   - stackBytes: room for the stack, or nil for the system's default (8 MiB, touched only as used).
    ///   - body: runs on the thread; the thread ends when it returns.
    package static func start(
        name: String, niceness: Int32 = 0, sliceNanoseconds: UInt64? = nil, processor: Int? = nil,
        stackBytes: Int? = nil, body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> SystemThread {
        let start = ThreadStart(
            name: name, niceness: niceness, sliceNanoseconds: sliceNanoseconds, processor: processor, body: body)
        let context = unsafe Unmanaged.passRetained(start).toOpaque()
        var handle: UInt64 = 0
        let result = unsafe tremolo_thread_start(&handle, stackBytes ?? 0, ThreadStart.run, context)
        if result < 0 {
            unsafe Unmanaged<ThreadStart>.fromOpaque(context).release()
        }
        try check(result, .pthreadCreate)
        return SystemThread(handle: handle)
    }

    private init(handle: UInt64) {
        self.handle = handle
    }

    deinit {
        if !isJoined.load(ordering: .acquiring) { tremolo_thread_detach(handle) }
    }

    /// Waits until the thread has ended. May be called once; later calls return at once.
    package func join() {
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = tremolo_thread_join(handle)
    }

    /// How late the calling thread's timers may be, in nanoseconds, prctl(2) PR_SET_TIMERSLACK; the kernel's own is
    /// 50 us. Where that can't be set it stays as it is.
    package static func setTimerSlack(nanoseconds: UInt64) {
        _ = tremolo_thread_timer_slack(nanoseconds)
    }

    /// Lets threads that wait for the processor go first, sched_yield(2).
    ///
    /// A kernel that preempts lazily lets a thread that computes, or works inside the kernel, run on to the next tick,
    /// up to 4 ms, whoever has woken up meanwhile. Work in the background calls this every 100 us or so.
    package static func giveWay() {
        tremolo_thread_yield()
    }

    /// Lets the calling thread wait for at least that long.
    package static func sleep(nanoseconds: UInt64) {
        tremolo_sleep(nanoseconds)
    }
}

/// What a new thread needs to know, handed through C as one retained reference.
private final class ThreadStart: Sendable {
    let name: String
    let niceness: Int32
    let sliceNanoseconds: UInt64?
    let processor: Int?
    let body: @Sendable () -> Void

    init(
        name: String, niceness: Int32, sliceNanoseconds: UInt64?, processor: Int?,
        body: @escaping @Sendable () -> Void
    ) {
        self.name = name
        self.niceness = niceness
        self.sliceNanoseconds = sliceNanoseconds
        self.processor = processor
        self.body = body
    }

    static let run: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        guard let context = unsafe context else { return }
        let start = unsafe Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
        unsafe tremolo_thread_name(start.name)
        if start.niceness != 0 { _ = tremolo_thread_niceness(start.niceness) }
        if let slice = start.sliceNanoseconds { _ = tremolo_thread_slice(slice) }
        if let processor = start.processor { _ = tremolo_thread_processor(Int32(truncatingIfNeeded: processor)) }
        start.body()
    }
}
