extension TimeZoneRules {
    /// The first moment at which the clocks show a day or a later one, in seconds since 1970 UTC. Not for many calls.
    ///
    /// Where clocks are set back over midnight the day begins twice, and the first time counts; where they skip
    /// midnight, or the whole day, it begins with what they show next.
    package func startSeconds(ofDay dayNumber: Int32) -> Int64 {
        let midnight = Int64(dayNumber) * 86_400
        // No zone is a day away from UTC. Offsets change by steps of at least some minutes, and never twice in one.
        let earliest = midnight - 86_400
        var step: Int64 = 0
        while localHour(at: earliest + step).dayNumber < dayNumber, step < 2 * 86_400 { step += Self.stepSeconds }
        var low = earliest + step - Self.stepSeconds
        var high = earliest + step
        while high - low > 1 {
            let middle = (low + high) / 2
            if localHour(at: middle).dayNumber < dayNumber { low = middle } else { high = middle }
        }
        return high
    }

    private static let stepSeconds: Int64 = 900
}
