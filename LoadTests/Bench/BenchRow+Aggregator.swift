import LoadEngine

/// From events to figures, as whole processes on one processor.
extension BenchRow {
    /// A journal of the aggregator's rows.
    private struct Journal {
        var millions: Int
        var people: Int

        var name: String { "\(millions) million events, \(people) million people" }
    }

    private static let journals = [
        Journal(millions: 1, people: 1), Journal(millions: 3, people: 3), Journal(millions: 10, people: 10),
        Journal(millions: 30, people: 10),
    ]

    static let aggregator = BenchRow(
        name: "aggregator", title: "The aggregator",
        about: "`tremolo rebuild` from its start to its end over journals by `journal-maker`: a million events and 20 "
            + "campaigns a day, 20 links each, people in random order. Events a second are of user and kernel time "
            + "together, the journal in the page cache; the store is every file of the data folder but journal and "
            + "keys. What is promised of memory is 100 MiB and 24 bytes a person, however many events there are.",
        columns: [
            Column(figure: "eventsPerSecond", heading: "events a CPU second", unit: .perSecond),
            Column(figure: "peakBytes", heading: "memory", unit: .mebibytes),
            Column(figure: "memoryPerPerson", heading: "above 100 MiB, a person", unit: .bytes),
            Column(figure: "storeBytes", heading: "store", unit: .mebibytes),
            Column(figure: "storeBytesPerMillionEvents", heading: "a million events", unit: .mebibytes),
            Column(figure: "storeBytesPerMillionPeople", heading: "a million people", unit: .mebibytes),
            Column(figure: "wallMilliseconds", heading: "took", unit: .milliseconds),
        ],
        goals: journals.map { journal in
            Goal(
                text: "Events a CPU second, \(journal.name)", source: .figure("eventsPerSecond", of: journal.name),
                bound: .atLeast(500_000), unit: .perSecond)
        }
            + journals.map { journal in
                Goal(
                    text: "Memory above 100 MiB, a person, \(journal.name)",
                    source: .figure("memoryPerPerson", of: journal.name), bound: .atMost(24), unit: .bytes)
            } + [
                Goal(
                    text: "Linear: events a CPU second, 30 million / 1 million",
                    source: .ratio("eventsPerSecond", of: journals[3].name, to: journals[0].name))
            ]
    ) { bench in
        try (bench.isQuick ? Array(journals.prefix(2)) : journals).map { journal in
            let run = try AggregatorRun(
                bench, events: journal.millions * 1_000_000, people: journal.people * 1_000_000,
                days: journal.millions, campaigns: 20 * journal.millions)
            defer { run.remove() }
            let rounds = try (0..<bench.rounds).map { round in
                bench.say("round \(round + 1) of \(bench.rounds): \(journal.name)")
                var figures = try run.rebuild()
                figures["memoryPerPerson"] = figures["peakBytes"].map {
                    max(0, $0 - 100 * 1_048_576) / (Double(journal.people) * 1e6)
                }
                return figures
            }
            return MeasuredRow.Subject(name: journal.name, rounds: rounds)
        }
    }

    private static let campaignsDay = "a campaign's day"
    private static let everything = [
        ("every person-day, one row", ["--by", "sec"]), ("every person-day by day", ["--by", "day"]),
        ("every person-day by day and campaign", ["--by", "day,expId"]),
    ]

    static let queries = BenchRow(
        name: "queries", title: "Questions to the store",
        about:
            "`tremolo report` as a whole process, over 10 million events of 10 million people in 10 days (with "
            + "--quick 3 million in 3). `unique` unites people over every leaf of a selection; the time is from "
            + "the spawning to the end, configuration and start included.",
        columns: [
            Column(figure: "wallMilliseconds", heading: "time", unit: .milliseconds, hasEnds: true),
            Column(figure: "peakBytes", heading: "memory", unit: .mebibytes),
        ],
        goals: [
            Goal(
                text: "`unique` of one campaign's day", source: .figure("wallMilliseconds", of: campaignsDay),
                bound: .atMost(10), unit: .milliseconds)
        ]
            + everything.map { name, _ in
                Goal(
                    text: "A selection over 10 million person-days: \(name)",
                    source: .figure("wallMilliseconds", of: name), bound: .atMost(2_000), unit: .milliseconds)
            }
    ) { bench in
        let millions = bench.isQuick ? 3 : 10
        let run = try AggregatorRun(
            bench, events: millions * 1_000_000, people: millions * 1_000_000, days: millions,
            campaigns: 20 * millions)
        bench.say("rebuilding")
        _ = try run.rebuild()
        let day = ["--exp-id", "510010", "--by", "day"]
        return try bench.interleave(
            [(campaignsDay, { try run.report(day) })]
                + everything.map { name, flags in (name, { try run.report(flags) }) })
    }
}
