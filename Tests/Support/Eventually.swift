import LinuxSystem

/// A condition that was waited for and did not come true in time.
package struct UnmetCondition: Error {
    /// What was waited for.
    package let what: String

    /// Names a condition.
    package init(what: String) {
        self.what = what
    }
}

/// Asks again and again until a condition is true, two minutes at most: machines that run two suites at once are slow.
///
/// Between two tries other threads go first (`SystemThread.giveWay`), those among them that make the condition true.
/// - Throws: `UnmetCondition`, and what the condition throws.
package func eventually(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try !condition() {
        if ContinuousClock.now > deadline { throw UnmetCondition(what: what) }
        SystemThread.giveWay()
    }
}

/// Asks again and again until an answer is as it is waited for, as long as `eventually` of a condition does.
///
/// - Returns: that answer.
/// - Throws: `UnmetCondition`, and what either closure throws.
package func eventually<Answer>(
    _ what: String, _ ask: () throws -> Answer, until isAwaited: (Answer) throws -> Bool
) throws -> Answer {
    var answer = try ask()
    try eventually(what) {
        if try isAwaited(answer) { return true }
        answer = try ask()
        return false
    }
    return answer
}
