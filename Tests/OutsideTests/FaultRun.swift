import Foundation
import TestSupport
import Testing

/// What tests of faults ask of a data folder and its server.
struct FaultRun {
    /// The data folder.
    let data: String
    /// The configuration file.
    let configuration: String

    init(data: String, configuration: String = OutsideProgram.configuration) {
        self.data = data
        self.configuration = configuration
    }

    /// Uses a configuration of its own, beside the data folder.
    ///
    /// - Parameter settings: members of the configuration, in front of the section that is clicked.
    init(data: String, settings: String, in folder: String) throws {
        let path = folder + "/faults.json5"
        let text = """
            { \(settings), rules: "\(OutsideProgram.rules)",
              sections: { "8781202": { hosts: ["www.mywebsite.com"], otherwise: "ask" } } }
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        self.init(data: data, configuration: path)
    }

    func start(port: Int = 0, environment: [String: String] = [:]) throws -> RunningEdge {
        try RunningEdge(data: data, configuration: configuration, port: port, environment: environment)
    }

    func command(_ name: String, _ arguments: String...) throws -> CommandResult {
        try tremolo([name, "--data", data, "--config", configuration] + arguments)
    }

    // MARK: Readiness

    /// The parts in trouble, and what is said of each.
    ///
    /// - Parameter client: a connection to the admin listener; nil for a new one.
    func troubles(_ edge: RunningEdge, on client: BlockingHTTPClient? = nil) throws -> [String: String] {
        let admin = try client ?? BlockingHTTPClient(port: edge.adminPort)
        try admin.send("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
        let reply = try admin.receive()
        #expect(reply.status == 200, "a fault of the disk keeps nobody from being redirected")
        var troubles: [String: String] = [:]
        for reason in try JSONDocument(reply.text)["reasons"].elements {
            troubles[reason["part"].string ?? ""] = reason["trouble"].string
        }
        return troubles
    }

    /// Waits until readiness says it, a minute at most.
    func awaitTrouble(_ edge: RunningEdge, _ part: String, _ words: String) throws {
        try eventually("\(part): \(words)") { try troubles(edge)[part]?.contains(words) == true }
    }

    /// Waits until readiness has nothing to say, a minute at most.
    func awaitWell(_ edge: RunningEdge) throws {
        try eventually("no trouble") { try troubles(edge).isEmpty }
    }

    // MARK: Accounts

    /// The marks in the journal, with the identities of their events.
    func recordedMarks() throws -> [String: [String]] {
        let events = try command("events")
        try #require(events.status == 0, "\(events.errors)")
        var recorded: [String: [String]] = [:]
        for line in events.output.split(separator: "\n") {
            let event = try JSONDocument(String(line))
            recorded[try #require(event["expVisitId"].string), default: []].append(try #require(event["id"].string))
        }
        return recorded
    }

    /// The answer of the store, in which nothing waits to be counted.
    func countedReport() throws -> JSONDocument {
        var document = try JSONDocument("{}")
        try eventually("everything is counted") {
            let report = try command("report", "--by", "sec", "--format", "json")
            try #require(report.status == 0, "\(report.errors)")
            document = try JSONDocument(report.output)
            return document["accounting"]["pending"].int == 0
        }
        return document
    }

    /// Holds the journal, the report and `verify` of a folder whose server has stopped against what clients were told.
    ///
    /// - Parameters:
    ///   - missing: how many answered requests are nowhere, as the server said; they are not told by the accounting of
    ///     the report.
    ///   - lost: how many the accounting says are lost.
    func expectAccounts(
        _ tally: SteadyClients.Tally, missing: Int = 0, lost: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let recorded = try recordedMarks()
        let answered = tally.clicks.union(tally.opens)
        let gone = answered.subtracting(recorded.keys)
        #expect(gone.count == missing + lost, "\(gone.sorted().prefix(5))", sourceLocation: sourceLocation)
        let doubled = recorded.filter { $0.value.count != 1 }.keys
        #expect(doubled.isEmpty, "\(doubled.sorted().prefix(5))", sourceLocation: sourceLocation)
        let invented = Set(recorded.keys).subtracting(answered).subtracting(tally.unanswered)
        #expect(invented.isEmpty, "\(invented.sorted().prefix(5))", sourceLocation: sourceLocation)

        let report = try countedReport()
        let row = try #require(report["rows"].elements.first, sourceLocation: sourceLocation)
        let extra = recorded.count - (answered.count - gone.count)
        let total = (row["clicks"]["total"].int ?? 0) + (row["opens"]["total"].int ?? 0)
        #expect(total == recorded.count, sourceLocation: sourceLocation)
        if extra == 0, gone.isEmpty {
            #expect(row["clicks"]["total"].int == tally.clicks.count, sourceLocation: sourceLocation)
            #expect(row["opens"]["total"].int == tally.opens.count, sourceLocation: sourceLocation)
        }
        let accounting = report["accounting"]
        #expect(accounting["received"].int == answered.count + extra - missing, sourceLocation: sourceLocation)
        #expect(accounting["journaled"].int == recorded.count, sourceLocation: sourceLocation)
        #expect(accounting["counted"].int == recorded.count, sourceLocation: sourceLocation)
        #expect(accounting["lost"].int == lost && accounting["waiting"].int == 0, sourceLocation: sourceLocation)
        #expect(accounting["damaged"].int == 0 && accounting["pending"].int == 0, sourceLocation: sourceLocation)

        let verify = try command("verify")
        #expect(verify.status == 0, "\(verify.errors)", sourceLocation: sourceLocation)
        let sum = "\(recorded.count) journaled = \(recorded.count) whole + 0 damaged; \(lost) lost\n"
        #expect(verify.output.contains(sum), "\(verify.output)", sourceLocation: sourceLocation)
    }

    /// Starts the server again, kills it, starts and stops it: the accounts stay what they were.
    func expectAccountsAfterRestarts(
        _ tally: SteadyClients.Tally, missing: Int = 0, lost: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectAccounts(tally, missing: missing, lost: lost, sourceLocation: sourceLocation)
        #expect(try start().end(SIGKILL) == -SIGKILL, sourceLocation: sourceLocation)
        let edge = try start()
        try awaitWell(edge)
        #expect(edge.end() == 0, sourceLocation: sourceLocation)
        try expectAccounts(tally, missing: missing, lost: lost, sourceLocation: sourceLocation)
    }
}

extension SteadyClients.Tally {
    /// Every request was answered, within the bound.
    func expectAnswered(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(failures.isEmpty, "\(failures.prefix(3))", sourceLocation: sourceLocation)
        #expect(slowest < SteadyClients.bound, sourceLocation: sourceLocation)
        #expect(clicks.count > 100 && opens.count > 50, sourceLocation: sourceLocation)
    }
}
