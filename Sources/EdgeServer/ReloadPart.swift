import Campaigns
import Engagement
import HTTPEngine
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
    /// - Parameters:
    ///   - next: what will be in force: settings that need a restart are as they were.
    ///   - workers: what each worker goes on with, where that is the part's matter. Tables are made once a worker:
    ///     threads that share them would contend for reference counts.
    /// - Returns: puts the rest into use, once the workers have theirs, and says what it has changed that no setting
    ///   says; called at most once, and soon.
    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String]
}

/// The hosts, choices, rules and people of sections, signing keys and pages, in every worker.
struct SectionsReload: ReloadPart {
    let compile: @Sendable (Configuration) throws(EdgeError) -> EdgeSections

    func takes(_ path: String) -> Bool {
        path == "pages" || path.hasPrefix("unknownSections.") || (path.hasPrefix("sections.") && !Self.isTimezone(path))
    }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        for index in workers.indices { workers[index].sections = try compile(next) }
        return { [] }
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

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let sections = try SectionDirectory(next)
        return { [aggregator] in
            aggregator.use(sections)
            return []
        }
    }
}

/// The classification rules: the networks that workers label connections by, and what the aggregator judges by.
struct RulesReload: ReloadPart {
    let names: NetworkNames
    let aggregator: AggregatorRunner

    func takes(_ path: String) -> Bool { path == "rules" }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let isBuiltIn = aggregator.rules.withLock { $0.set.version == RuleSet.builtIn.version }
        let rules = try RuleFolder.read(next.rules, orBuiltIn: isBuiltIn)
        for index in workers.indices {
            workers[index].networks = try names.labels(of: rules, folder: next.rules)
            workers[index].rules = EdgeRules(rules)
        }
        return { [aggregator] in
            let before = aggregator.use(rules, from: next.rules)
            return before == rules.version ? [] : ["rules: version \(before) → \(rules.version)"]
        }
    }
}

/// Which proxies are trusted, in every worker. Open connections keep what they were taken for when it comes to making
/// room; whose headers count is asked for each request.
struct ProxiesReload: ReloadPart {
    func takes(_ path: String) -> Bool { path == "trustedProxies" }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        for index in workers.indices { workers[index].proxies = TrustedProxies(next.trustedProxies) }
        return { [] }
    }
}

/// The bounds of requests and connections, and how much of one address is recorded.
struct LimitsReload: ReloadPart {
    let httpLimits: @Sendable (Configuration) -> HTTPLimits

    func takes(_ path: String) -> Bool {
        path.hasPrefix("limits.") || ["idleTimeout", "requestLineLimit", "headLimit"].contains(path)
    }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        for index in workers.indices {
            workers[index].httpLimits = httpLimits(next)
            workers[index].requestLimit = RequestLimit(next.limits)
        }
        return { [] }
    }
}

/// Where the log goes, and in which form.
struct LogReload: ReloadPart {
    let log: ServerLog

    func takes(_ path: String) -> Bool { path.hasPrefix("log.") }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let place = try log.place(next.log)
        return { [log] in
            log.move(to: place)
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

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        warn()
        return { [] }
    }
}
