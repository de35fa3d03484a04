import Bytes
package import Settings
import Synchronization

/// Reads the configuration of a running server again and puts what can be changed into force: for SIGHUP and for
/// `POST /reload`.
///
/// **Problem.** Hosts, rules and keys change while mail is out. A restart would close connections, and a file with a
/// mistake in it must not take the edge down.
///
/// **Shape.** The configuration is put together as at the start: the same file, flags and environment. With any
/// problem in it, or without a section where there were some, nothing happens. What differs is either taken by a
/// `ReloadPart`, or needs a restart: it is named and left as it was. All parts prepare first and are put into use then;
/// a worker takes its new tables at the beginning of a turn, so that no request sees two configurations.
///
/// **Guarantees.** No connection is closed and no request fails. One reload runs at a time. What is said to be changed
/// is in force for every request that is read from then on.
///
/// **Not promised.** A worker that the disk holds takes its tables when another thread goes on for it.
package final class ConfigurationReload: Sendable {
    /// Puts the configuration together again.
    package typealias Reading = @Sendable () throws(SettingsError) -> ConfigurationReading

    /// What came of it.
    package enum Outcome: Equatable, Sendable {
        /// It is in force.
        case applied(Applied)
        /// Something is wrong with it, a line each; nothing was changed.
        case refused(problems: [String])
        /// It, or something that it names, can't be read; nothing was changed.
        case failed(reason: String)
    }

    /// What a configuration changed.
    package struct Applied: Equatable, Sendable {
        /// Settings that are in force now.
        package var changed: [String] = []
        /// Settings that differ and stay as they were until a restart.
        package var needsRestart: [String] = []
        /// Those of them that need a rebuild behind it.
        package var needsRebuild: [String] = []
    }

    private let reading: Reading
    private let parts: [any ReloadPart]
    private let workers: [EdgeWorker]
    private let log: ServerLog
    private let manager: ServiceManager
    private let inForce: Mutex<Configuration>

    /// Reloads for a server that was started with `inForce`.
    init(
        inForce: Configuration, reading: @escaping Reading, parts: [any ReloadPart],
        workers: [EdgeWorker], log: ServerLog, manager: ServiceManager
    ) {
        self.inForce = Mutex(inForce)
        self.reading = reading
        self.parts = parts
        self.workers = workers
        self.log = log
        self.manager = manager
    }

    /// Does it, and says in the log what came of it.
    ///
    /// - Parameter cause: who asked, for the log.
    @discardableResult
    package func run(_ cause: String) -> Outcome {
        let outcome = inForce.withLock { inForce in
            manager.reloading()
            defer { manager.reloaded() }
            return apply(over: &inForce)
        }
        tell(outcome, cause)
        return outcome
    }

    private func apply(over inForce: inout Configuration) -> Outcome {
        let reading: ConfigurationReading
        do throws(SettingsError) {
            reading = try self.reading()
        } catch {
            return .failed(reason: Self.sentence(error.message))
        }
        guard let wanted = reading.configuration else {
            return .refused(problems: reading.problems.map(\.description))
        }
        // A file that was cut to nothing is a whole one to its reader.
        guard !wanted.sections.isEmpty || inForce.sections.isEmpty else {
            return .refused(problems: [
                "sections: there is none any more, and this server has \(inForce.sections.count): start it again to go "
                    + "on without"
            ])
        }
        var applied = Applied()
        for change in ConfigurationDifference(from: inForce, to: wanted).changes {
            if parts.contains(where: { $0.takes(change.path) }) {
                applied.changed.append("\(change)")
            } else if SectionsReload.isTimezone(change.path) {
                applied.needsRebuild.append("\(change)")
            } else {
                applied.needsRestart.append("\(change)")
            }
        }
        let next = Self.next(after: inForce, wanted)
        var steps: [@Sendable () -> [String]] = []
        var renewals = workers.map { _ in WorkerRenewal() }
        do throws(EdgeError) {
            for part in parts { steps.append(try part.prepare(next, for: &renewals)) }
        } catch {
            if case .configuration = error { return .refused(problems: ["\(error)"]) }
            return .failed(reason: "\(error)")
        }
        for (worker, renewal) in zip(workers, renewals) { worker.use(renewal) }
        // Who is told that hosts are listed sends people to them: it is true by then.
        EdgeWorker.waitUntilTaken(by: workers)
        for step in steps { applied.changed += step() }
        inForce = next
        return .applied(applied)
    }

    /// What will be in force: sections as they are wanted, with the days that their figures are kept in.
    private static func next(after inForce: Configuration, _ wanted: Configuration) -> Configuration {
        var next = inForce
        next.unknownSections = wanted.unknownSections
        next.pages = wanted.pages
        next.rules = wanted.rules
        next.trustedProxies = wanted.trustedProxies
        next.smallFiles = wanted.smallFiles
        next.limits = wanted.limits
        next.idleTimeout = wanted.idleTimeout
        next.requestLineLimit = wanted.requestLineLimit
        next.headLimit = wanted.headLimit
        next.log = wanted.log
        next.adminToken = wanted.adminToken
        next.adminTokenFile = wanted.adminTokenFile
        next.viewerToken = wanted.viewerToken
        next.viewerTokenFile = wanted.viewerTokenFile
        next.consentEvents.rate = wanted.consentEvents.rate
        next.identityRetention = wanted.identityRetention
        var zones: [String: String] = [:]
        for section in inForce.sections { zones[section.id] = section.timezone }
        next.sections = wanted.sections.map { section in
            var section = section
            section.timezone = zones[section.id] ?? section.timezone
            return section
        }
        return next
    }

    private static func sentence(_ message: Message) -> String {
        ([message.what, message.why] + (message.whatToDo.map { [$0] } ?? [])).joined(separator: ": ")
    }

    private func tell(_ outcome: Outcome, _ cause: String) {
        switch outcome {
        case .applied(let applied):
            log.write(
                .info, "reloaded", ("by", cause), ("changed", Self.list(applied.changed)))
            if !applied.needsRestart.isEmpty {
                log.write(
                    .warning, "reload-needs-restart", ("settings", Self.list(applied.needsRestart)),
                    ("what", "these stay as they were until the server is started again"))
            }
            if !applied.needsRebuild.isEmpty {
                log.write(
                    .warning, "reload-needs-rebuild", ("settings", Self.list(applied.needsRebuild)),
                    ("what", "these stay as they were until the server is started again and tremolo rebuild has run"))
            }
        case .refused(let problems):
            log.write(
                .error, "reload-refused", ("by", cause), ("problems", "\(problems.count)"),
                ("what", "nothing was changed"))
            let lines = problems.map { problem -> [ServerLog.Field] in [("what", problem)] }
            log.write(.error, "reload-problem", lines: lines)
        case .failed(let reason):
            log.write(.error, "reload-failed", ("by", cause), ("reason", reason), ("what", "nothing was changed"))
        }
    }

    /// Settings in one value of the log, cut where there are very many.
    private static func list(_ settings: [String]) -> String {
        let shown = settings.prefix(listedMax).joined(separator: ", ")
        return settings.count > listedMax ? "\(shown) and \(settings.count - listedMax) more" : shown
    }

    private static let listedMax = 50
}

extension ConfigurationReload.Outcome {
    /// The outcome as one JSON object, a line feed behind it.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("reloaded")
        switch self {
        case .applied(let applied):
            writer.bool(true)
            writer.member("changed", applied.changed)
            writer.member("needsRestart", applied.needsRestart)
            writer.member("needsRebuild", applied.needsRebuild)
        case .refused(let problems):
            writer.bool(false)
            writer.member("problems", problems)
        case .failed(let reason):
            writer.bool(false)
            writer.member("problems", [reason])
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
