/// How much figures may grow, since anyone can invent experiences, links and people.
///
/// Each limit counts one node's events of one section on one day, in the order of (order time, payload), so that a
/// rebuild admits the same keys and people again. The next day starts anew.
package struct FigureLimits: Equatable, Sendable {
    /// Distinct (expId, expVer, va, mech, smech, link); default 20,000. Events past it are counted with `(other)` in
    /// all six. A thousand campaigns a day of twenty links each fit; invented links of 2,048 bytes stay below 41 MB a
    /// day.
    package var keysPerSectionDay: Int
    /// Distinct (expId, expVer, va, host); default 20,000. Events past it are counted by host under `(other)`.
    package var hostsPerSectionDay: Int
    /// Distinct people; default 20,000,000. People past it are in totals, not in `unique` and `people`, and rows say
    /// `uniqueComplete: false`. At 17.7 bytes a person the day's people take 354 MB of memory at the most.
    package var peoplePerSectionDay: Int
    /// Events of one node in one second that timing rules judge by each other; default 25,000. In a second with more
    /// each event is judged alone, so that what windows hold stays bounded: with the 25 s that the rules in
    /// `Config/rules` look, 1.3 million events (250 MB) on a node that has so many all the time.
    package var eventsPerSecondMax: Int
    /// Events that stand in open windows while a shard holds the watermark back; default 1,000,000 (150 MB). Past it
    /// only the shard that holds the watermark is read, and that one too only if its writer has promised to hold it no
    /// longer.
    package var openEventsMax: Int
    /// Records that one commit takes in; default 500,000, so that a transaction, and what waits for its end, stays
    /// bounded.
    package var recordsPerCommitMax: Int
    /// Memory for the words of keys; default 64 MiB. Past it the words that no open event uses are forgotten and
    /// learnt again.
    package var vocabularyBytesMax: Int

    /// Limits; each is at least 1.
    package init(
        keysPerSectionDay: Int = 20_000, hostsPerSectionDay: Int = 20_000, peoplePerSectionDay: Int = 20_000_000,
        eventsPerSecondMax: Int = 25_000, openEventsMax: Int = 1_000_000, recordsPerCommitMax: Int = 500_000,
        vocabularyBytesMax: Int = 64 << 20
    ) {
        precondition(
            min(keysPerSectionDay, hostsPerSectionDay, peoplePerSectionDay) > 0
                && min(eventsPerSecondMax, openEventsMax, recordsPerCommitMax, vocabularyBytesMax) > 0,
            "a limit is at least 1")
        self.keysPerSectionDay = keysPerSectionDay
        self.hostsPerSectionDay = hostsPerSectionDay
        self.peoplePerSectionDay = peoplePerSectionDay
        self.eventsPerSecondMax = eventsPerSecondMax
        self.openEventsMax = openEventsMax
        self.recordsPerCommitMax = recordsPerCommitMax
        self.vocabularyBytesMax = vocabularyBytesMax
    }
}
