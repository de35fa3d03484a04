/// What the journal and the store say about what was acknowledged.
package struct Verification: Equatable, Sendable {
    /// Requests that were acknowledged as recorded.
    package var acknowledged: UInt64 = 0
    /// Requests that were sent, acknowledged or not.
    package var sent: UInt64 = 0
    /// Events of this run that the journal holds.
    package var found: UInt64 = 0
    /// Acknowledged requests that the journal does not hold.
    package var lost: UInt64 = 0
    /// Events that the journal holds more often than once.
    package var doubled: UInt64 = 0
    /// Requests that were not acknowledged and are recorded all the same, once: allowed.
    package var unacknowledgedFound: UInt64 = 0
    /// Events whose number is of this run but was never sent.
    package var unknown: UInt64 = 0
    /// All clicks in the journal.
    package var journalClicks: UInt64 = 0
    /// All opens in the journal.
    package var journalOpens: UInt64 = 0
    /// Clicks that the store's report counts; nil when it was not asked.
    package var storeClicks: UInt64?
    /// Opens that the store's report counts; nil when it was not asked.
    package var storeOpens: UInt64?
    /// Events that the store says are not final: those in open windows, which stand in its report, and those that it
    /// has not read yet, such as those of a server that was killed.
    package var storePending: UInt64 = 0

    package init() {}

    /// True when the store counts what the journal holds, or says that what is missing may still be to be counted; or
    /// was not asked.
    package var storeAgrees: Bool {
        guard let storeClicks, let storeOpens else { return true }
        return storeClicks <= journalClicks && storeOpens <= journalOpens
            && storeClicks + storeOpens + storePending >= journalClicks + journalOpens
    }

    /// True when every acknowledged request is there exactly once, every other at most once, and the store agrees.
    package var isRight: Bool { lost == 0 && doubled == 0 && unknown == 0 && storeAgrees }
}
