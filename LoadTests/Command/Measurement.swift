import LinuxSystem
import LoadEngine
import LoadReports
import Settings

/// What the command line asks for, carried out: rounds, a search, a self-test, the questions to the journal.
struct Measurement {
    private let arguments: LoadArguments
    private let command: [String]
    private var session: LoadSession
    private let progress: ProgressLine

    init(_ arguments: LoadArguments, command: [String]) throws(LoadFailure) {
        self.arguments = arguments
        self.command = command
        progress = ProgressLine()
        var scenario = arguments.scenario
        if arguments.isSelfTest {
            // The responder knows links and pixels alone.
            scenario.unlistedHostShare = 0
            scenario.noTargetShare = 0
            scenario.oversizeHeadShare = 0
        }
        do {
            session = LoadSession(
                scenario, threads: arguments.threads, seed: arguments.seed, salt: try SystemRandom.uint64(),
                processor: arguments.processor)
            // Where some requests have a connection of their own, the kept one of each client waits meanwhile.
            let keepsBoth = scenario.newConnectionShare > 0 && scenario.newConnectionShare < 1
            let wanted = (keepsBoth ? 2 : 1) * scenario.connections + scenario.idle + scenario.slow + 64
            let allowed = try Host.raiseDescriptorLimit()
            guard wanted <= allowed else {
                throw LoadFailure(
                    .unavailable,
                    Message(
                        "connections", why: "they need \(wanted) descriptors, and this process may open \(allowed)",
                        whatToDo: "raise the limit with ulimit -n, or ask for fewer"))
            }
        } catch let error as LoadFailure {
            throw error
        } catch {
            throw LoadFailure(.unavailable, Message("tremolo-load", why: "\(error)"))
        }
    }

    /// Measures.
    ///
    /// - Returns: the report, and what went wrong behind the measuring, if anything did.
    mutating func run() throws(LoadFailure) -> (LoadReport, LoadFailure?) {
        if arguments.isSelfTest { return (try selfTest(), nil) }
        for server in arguments.servers { try requireReachable(server) }
        if let folder = arguments.dataFolder { try verification(of: folder).requireAskable() }
        var report = LoadReport(
            command: command, scenario: session.scenario, seed: arguments.seed,
            servers: arguments.servers.map { ServerRounds(server: $0, rounds: []) })
        if let goal = arguments.goal {
            try search(goal: goal, into: &report)
        } else {
            for index in Interleaving.order(servers: arguments.servers.count, rounds: arguments.rounds)
            where !Interruption.isThere {
                let server = arguments.servers[index]
                let round = report.servers[index].rounds.count + 1
                report.servers[index].rounds.append(
                    try run(server, session.shape, title: "\(server.name), round \(round) of \(arguments.rounds)"))
            }
        }
        guard let folder = arguments.dataFolder else { return (report, nil) }
        progress.show("asking the journal")
        defer { progress.clear() }
        do throws(LoadFailure) {
            report.verification = try verification(of: folder).run()
            return (report, nil)
        } catch {
            return (report, error)
        }
    }

    private func verification(of folder: String) -> DataVerification {
        DataVerification(
            folder: folder, tremolo: arguments.tremolo, ledgers: session.ledgers, salt: session.salt)
    }

    private mutating func run(
        _ server: LoadServer, _ shape: LoadSession.Shape, title: String
    ) throws(LoadFailure) -> RunFigures {
        do throws(SystemError) {
            let isFirst = server.name == arguments.servers.first?.name
            let progress = progress
            let figures = try session.run(server, shape, keepsLedgers: isFirst) {
                progress.show(title, $0)
                return !Interruption.isThere
            }
            progress.clear()
            return figures
        } catch {
            progress.clear()
            throw LoadFailure(.unavailable, Message(server.url, why: "\(error)"))
        }
    }

    /// A closed loop of 2 s for the upper end, then open loops as long as `--duration`.
    private mutating func search(goal: UInt64, into report: inout LoadReport) throws(LoadFailure) {
        let server = arguments.servers[0]
        let closed = try run(
            server, LoadSession.Shape(perSecond: nil, warmupSeconds: 0.5, durationSeconds: 2),
            title: "closed loop")
        var search = MaximumSearch(goalNanoseconds: goal, closed: closed)
        var best = closed
        var shape = session.shape
        while let rate = search.nextPerSecond, !Interruption.isThere {
            shape.perSecond = rate
            let figures = try run(server, shape, title: "\(NumberText.decimal(rate, 0)) arrivals a second")
            // What was cut short says nothing of its rate.
            guard !Interruption.isThere else { break }
            search.add(figures, perSecond: rate)
            if let step = search.steps.last {
                progress.note(
                    "\(NumberText.decimal(rate, 0)) arrivals a second: p99 \(NumberText.time(Double(step.p99))), "
                        + "\(NumberText.decimal(step.completedShare * 100, 1))% answered, "
                        + (step.hasPassed ? "passed" : "failed"))
                if step.hasPassed { best = figures }
            }
        }
        report.search = search
        report.servers[0].rounds = [best]
    }

    private mutating func selfTest() throws(LoadFailure) -> LoadReport {
        do throws(SystemError) {
            let responder = try SelfTestResponder()
            defer { responder.stop() }
            let server = LoadServer(
                name: "self-test", url: "http://\(responder.address)", address: responder.address)
            var report = LoadReport(
                command: command, scenario: session.scenario, seed: arguments.seed,
                servers: [ServerRounds(server: server, rounds: [])])
            report.isSelfTest = true
            let progress = progress
            for round in 1...arguments.rounds where !Interruption.isThere {
                report.servers[0].rounds.append(
                    try session.run(server, session.shape, keepsLedgers: false) {
                        progress.show("self-test, round \(round)", $0)
                        return !Interruption.isThere
                    })
            }
            progress.clear()
            return report
        } catch {
            throw LoadFailure(.internalError, Message("self-test", why: "\(error)"))
        }
    }

    private func requireReachable(_ server: LoadServer) throws(LoadFailure) {
        do throws(SystemError) {
            try server.requireReachable()
        } catch {
            throw LoadFailure(
                .unavailable,
                Message(
                    server.url, why: "nobody answers (\(error.reason))",
                    whatToDo: "start the server: the edge is started with 'make run'"))
        }
    }
}
