/// A condition that was waited for and did not come true in time.
package struct UnmetCondition: Error {
    /// What was waited for.
    package let what: String

    /// Names a condition.
    package init(what: String) {
        self.what = what
    }
}

/// Asks again and again until a condition is true, a minute at most.
///
/// - Throws: `UnmetCondition`, and what the condition throws.
package func eventually(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try !condition() {
        if ContinuousClock.now > deadline { throw UnmetCondition(what: what) }
    }
}
