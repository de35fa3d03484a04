package import Settings

/// Up to where windows are closed, as the store has it: an event before that is final.
package final class ClosedTime {
    private let folder: StoreFolder
    private var watermarks: [UInt64: UInt64] = [:]

    /// Reads nothing yet: nothing is final before `renew`.
    package init(_ configuration: Configuration) {
        folder = StoreFolder(DataFolder(path: configuration.data))
    }

    /// Asks the store. Where it can't be read, what was known stays.
    package func renew() {
        if let known = folder.storedWatermarks() { watermarks = known }
    }

    /// True when the window of an event of `node` with that order time is closed.
    package func covers(_ orderTimeNanoseconds: UInt64, of node: UInt64) -> Bool {
        orderTimeNanoseconds < watermarks[node] ?? 0
    }
}
