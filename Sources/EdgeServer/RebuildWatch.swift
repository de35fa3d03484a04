/// How whoever asked for a rebuild follows it.
struct RebuildWatch: Sendable {
    /// Gives up the figures of what has expired: the sealed ones are set aside.
    var withoutSealed = false
    /// Told so many events of about so many.
    var progress: @Sendable (UInt64, UInt64) -> Void = { _, _ in }
    /// Told a line at a time what was counted before and is not any more.
    var onLoss: @Sendable (String) -> Void = { _ in }
    /// Asked between two commits: true ends the rebuild, and the store in use stays.
    var isCalledOff: @Sendable () -> Bool = { false }
}
