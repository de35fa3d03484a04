import Campaigns
import Engagement
import LinuxSystem
import Settings
import Synchronization

/// A part of the running server that takes settings over without a restart.
///
/// A reload asks every part to prepare, which may fail and changes nothing, and puts what they made into use when all
/// have: a configuration is in force as a whole or not at all.
protocol ReloadPart: Sendable {
    /// True when the part takes a setting over; a setting that no part takes needs a restart.
    func takes(_ path: String) -> Bool

    /// Makes what a configuration asks for.
    ///
    /// - Parameter next: what will be in force: settings that need a restart are as they were.
    /// - Returns: puts it into use, and says what it has changed that no setting says; called at most once, and soon.
    func prepare(_ next: Configuration) throws(EdgeError) -> @Sendable () -> [String]
}

/// The hosts, choices, rules and people of sections, signing keys and pages, in every worker.
struct SectionsReload: ReloadPart {
    let workers: [EdgeWorker]
    let compile: @Sendable (Configuration) throws(EdgeError) -> EdgeSections

    func takes(_ path: String) -> Bool {
        path == "pages" || path.hasPrefix("unknownSections.") || (path.hasPrefix("sections.") && !Self.isTimezone(path))
    }

    /// Compiles one table a worker: threads that share them would contend for reference counts.
    func prepare(_ next: Configuration) throws(EdgeError) -> @Sendable () -> [String] {
        var made: [EdgeSections] = []
        for _ in workers { made.append(try compile(next)) }
        return { [workers, made] in
            for (worker, sections) in zip(workers, made) { worker.use(sections) }
            // Who is told that hosts are listed sends people to them: it is true by then.
            EdgeWorker.waitUntilTaken(by: workers)
            return []
        }
    }

    /// True for the setting that decides a section's hours and days, in which its figures are kept.
    static func isTimezone(_ path: String) -> Bool {
        path.hasPrefix("sections.") && path.hasSuffix(".timezone")
    }
}

/// Which sections there are, for whoever counts.
struct CountedSectionsReload: ReloadPart {
    let aggregator: AggregatorRunner

    /// None that the workers don't take.
    func takes(_ path: String) -> Bool { false }

    func prepare(_ next: Configuration) throws(EdgeError) -> @Sendable () -> [String] {
        let sections = try SectionDirectory(next)
        return { [aggregator] in
            aggregator.use(sections)
            return []
        }
    }
}

/// The classification rules: the networks that workers label connections by, and what the aggregator judges by.
struct RulesReload: ReloadPart {
    let workers: [EdgeWorker]
    let names: NetworkNames
    let aggregator: AggregatorRunner

    func takes(_ path: String) -> Bool { path == "rules" }

    func prepare(_ next: Configuration) throws(EdgeError) -> @Sendable () -> [String] {
        let isBuiltIn = aggregator.rules.withLock { $0.set.version == RuleSet.builtIn.version }
        let rules = try RuleFolder.read(next.rules, orBuiltIn: isBuiltIn)
        var made: [NetworkLabels] = []
        for _ in workers { made.append(try names.labels(of: rules, folder: next.rules)) }
        return { [workers, made, aggregator] in
            for (worker, networks) in zip(workers, made) { worker.use(networks) }
            EdgeWorker.waitUntilTaken(by: workers)
            let before = aggregator.use(rules, from: next.rules)
            return before == rules.version ? [] : ["rules: version \(before) → \(rules.version)"]
        }
    }
}

/// Which proxies are trusted, in every worker. Open connections keep what they were taken for when it comes to making
/// room; whose headers count is asked for each request.
struct ProxiesReload: ReloadPart {
    let workers: [EdgeWorker]

    func takes(_ path: String) -> Bool { path == "trustedProxies" }

    /// Makes a table a worker, as for sections.
    func prepare(_ next: Configuration) throws(EdgeError) -> @Sendable () -> [String] {
        let made = workers.map { _ in TrustedProxies(next.trustedProxies) }
        return { [workers, made] in
            for (worker, proxies) in zip(workers, made) { worker.use(proxies) }
            EdgeWorker.waitUntilTaken(by: workers)
            return []
        }
    }
}

/// The modes of key files, which are looked at anew: no setting changes them.
struct KeyModesReload: ReloadPart {
    let folders: [String]
    let log: ServerLog

    func takes(_ path: String) -> Bool { false }

    /// Warns, once for each file that others can open.
    func warn() {
        for warning in folders.flatMap(KeyFolder.modeWarnings) {
            log.write(.warning, "key-files", ("reason", warning))
        }
    }

    func prepare(_ next: Configuration) throws(EdgeError) -> @Sendable () -> [String] {
        warn()
        return { [] }
    }
}
