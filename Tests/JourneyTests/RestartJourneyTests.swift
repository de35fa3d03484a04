import Foundation
import TestSupport
import Testing

@Suite("The binary is replaced while people click, and nobody notices")
struct RestartJourneyTests {
    private let folder: TemporaryFolder
    private let supervisor: Supervisor

    init() throws {
        folder = try TemporaryFolder()
        supervisor = try Supervisor(in: folder)
        try supervisor.replaceBinary()
    }

    private var data: String { folder.path + "/data" }

    @Test("Ten times under load: no request fails, and what was answered is in the journal and counted, once")
    func replaced() throws {
        var edge = try supervisor.start(shippedConfiguration())
        #expect(edge.port == supervisor.port)
        #expect(supervisor.notices(upTo: "READY=1") == ["READY=1"])
        let clients = RestartClients(port: edge.port, count: 4)
        var waited = 0
        for _ in 0..<10 {
            try clients.awaitAnswers(40)
            try supervisor.replaceBinary()
            #expect(edge.end() == 0)
            // Nobody serves: who comes now waits in the queue of the socket.
            let waiting = try BlockingHTTPClient(port: edge.port)
            try waiting.send("GET /tremop?sec=8781202 HTTP/1.1\r\nHost: trem.brand.example\r\n\r\n")
            edge = try supervisor.start(shippedConfiguration())
            #expect(try waiting.receive().status == 200)
            waited += 1
            #expect(supervisor.notices(upTo: "READY=1") == ["STOPPING=1", "READY=1"])
        }
        try clients.awaitAnswers(40)
        let (answered, failures) = try clients.stop()
        #expect(failures == [])
        let report = try countedReport(["--data", data, "--config", shippedConfiguration()])
        #expect(report["accounting"]["counted"].int == answered + waited)
        for member in ["waiting", "lost", "damaged"] { #expect(report["accounting"][member].int == 0, "\(member)") }
        #expect(edge.end() == 0)
        let events = try tremolo(["events", "--data", data, "--config", shippedConfiguration()])
        #expect(events.output.split(separator: "\n").count == answered + waited)
        #expect(try tremolo(["verify", "--data", data, "--config", shippedConfiguration()]).status == 0)
        #expect(!edge.log.contains("ended-without-stopping"))
    }

    @Test("The manager is told of a reload, and the watchdog of progress")
    func told() throws {
        let edge = try supervisor.start(shippedConfiguration(), ["WATCHDOG_USEC": "400000"])
        #expect(supervisor.notices(upTo: "READY=1") == ["READY=1"])
        #expect(supervisor.notices(upTo: "WATCHDOG=1") == ["WATCHDOG=1"])
        kill(edge.identifier, SIGHUP)
        var told = supervisor.notices(upTo: "RELOADING=1") + supervisor.notices(upTo: "READY=1")
        told.removeAll { $0 == "WATCHDOG=1" }
        #expect(told == ["RELOADING=1", "READY=1"])
        #expect(edge.end() == 0)
        #expect(supervisor.notices(upTo: "STOPPING=1").allSatisfy { ["WATCHDOG=1", "STOPPING=1"].contains($0) })
    }

    @Test("What can't be taken over is named, and nothing starts")
    func refused() throws {
        let rows = [
            (["LISTEN_FDS": "2"], "socket 4 'unknown': "), (["LISTEN_FDS": "many"], "LISTEN_FDS: "),
            (
                ["LISTEN_FDNAMES": "tremolo.socket"],
                "socket 3 'tremolo.socket' on 127.0.0.1:\(supervisor.port): neither"
            ),
        ]
        for (variables, words) in rows {
            let failure = #expect(throws: RunningEdge.DidNotStart.self) {
                try supervisor.start(shippedConfiguration(), variables)
            }
            #expect(failure?.description.contains("tremolo: \(words)") == true, "\(failure?.description ?? "")")
        }
    }

    @Test("A socket for another process is left alone, and a manager that is gone harms nothing: both are said")
    func notMeant() throws {
        // The shell's process is not the server's here: somebody put a program between.
        let edge = try RunningEdge(
            data: data, configuration: shippedConfiguration(),
            environment: ["LISTEN_PID": "1", "LISTEN_FDS": "1", "NOTIFY_SOCKET": folder.path + "/nobody"])
        #expect(try BlockingHTTPClient(port: edge.port).get("/tremop?sec=8781202").status == 200)
        #expect(edge.end() == 0)
        #expect(edge.log.contains("level=warning event=sockets-not-taken LISTEN_PID=1 "))
        #expect(edge.log.split(separator: "\n").filter { $0.contains("event=notify-failed") }.count == 1)
    }
}
