import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite("A process that has no descriptor left goes on answering", .enabled(if: OutsideProgram.isAskedFor))
    struct DescriptorTests {
        private let folder: TemporaryFolder
        private let run: FaultRun

        init() throws {
            folder = try TemporaryFolder()
            run = try FaultRun(
                data: folder.path + "/data", settings: "journal: { segmentAge: \"1 s\" }", in: folder.path)
        }

        private func limit(_ edge: RunningEdge, to descriptors: Int) throws {
            let result = try OutsideProgram.run(
                "/usr/bin/prlimit", ["--pid", "\(edge.identifier)", "--nofile=\(descriptors):"])
            #expect(result.status == 0)
        }

        private func descriptors(_ edge: RunningEdge) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(edge.identifier)/fd").count
        }

        @Test("Connections that idle give way to new ones and to segments")
        func idleConnections() throws {
            let edge = try run.start()
            let clients = SteadyClients(port: edge.port, name: "shed")
            try clients.awaitAnswers(50)
            try limit(edge, to: try descriptors(edge) + 40)
            var idle: [BlockingHTTPClient] = []
            for _ in 0..<200 {
                let client = try BlockingHTTPClient(port: edge.port)
                #expect(try client.get("/").status == 200)
                idle.append(client)
            }
            try clients.awaitAnswers(600)
            #expect(try descriptors(edge) < 200)
            try limit(edge, to: 4_096)
            try clients.awaitAnswers(50)
            try run.awaitWell(edge)
            let tally = clients.stop()
            tally.expectAnswered()
            #expect(edge.end() == 0)
            try run.expectAccountsAfterRestarts(tally)
            idle.removeAll()
        }

        /// Processor time that the server's threads of a name have used, in hundredths of a second.
        private func processorTime(_ edge: RunningEdge, thread name: String) throws -> Int {
            let tasks = "/proc/\(edge.identifier)/task"
            return try FileManager.default.contentsOfDirectory(atPath: tasks).reduce(0) { sum, task in
                let text = try String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8)
                guard text.contains("(\(name))"), let end = text.lastIndex(of: ")") else { return sum }
                let fields = text[end...].split(separator: " ")
                return sum + (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
            }
        }

        @Test("With none for a segment events wait, no thread spins for one, and all is written when there are some")
        func noneAtAll() throws {
            let edge = try run.start()
            let admin = try BlockingHTTPClient(port: edge.adminPort)
            let clients = SteadyClients(port: edge.port, name: "none", withNewConnections: false)
            try clients.awaitAnswers(50)
            try limit(edge, to: 3)
            try eventually("no descriptor for a segment") {
                try run.troubles(edge, on: admin)["journal"]?.contains("can't be written (Too many open files") == true
            }
            let report = try BackgroundReport(run)
            let before = try processorTime(edge, thread: "control")
            // Two seconds and more.
            try clients.awaitAnswers(800)
            #expect(try processorTime(edge, thread: "control") - before < 50, "half a second of two")
            try limit(edge, to: 4_096)
            #expect(try report.status() == 0)
            try eventually("no trouble") { try run.troubles(edge, on: admin).isEmpty }
            try clients.awaitAnswers(50)
            let tally = clients.stop()
            tally.expectAnswered()
            #expect(edge.end() == 0)
            try run.expectAccountsAfterRestarts(tally)
        }

        /// A report that is asked for while others go on.
        private final class BackgroundReport {
            private let process = SpawnedProcess()

            init(_ run: FaultRun) throws {
                process.executableURL = URL(fileURLWithPath: tremoloBinary())
                process.arguments = ["report", "--data", run.data, "--config", run.configuration]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
            }

            func status() throws -> Int32 {
                process.waitUntilExit()
                return process.terminationStatus
            }
        }
    }
}
