import Dispatch
import Foundation
import LinuxSystem
import Synchronization

/// Control-C: the first ends the measuring and lets the report come, the second ends the program.
enum Interruption {
    private static let count = Atomic(0)

    /// Takes over SIGINT of this process for as long as what it returns is held.
    static func watch() -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        // Sendable, because `main` belongs to the main thread and this runs while it waits.
        let note: @Sendable () -> Void = {
            if count.add(1, ordering: .relaxed).newValue > 1 { Host.endProcess(status) }
        }
        source.setEventHandler(handler: note)
        source.resume()
        return source
    }

    /// True once the program was interrupted.
    static var isThere: Bool { count.load(ordering: .relaxed) > 0 }

    /// The status of a program that SIGINT ended, as shells have it.
    static let status: Int32 = 130
}
