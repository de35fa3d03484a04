import Foundation
import TestSupport
import Testing

@Suite("Programs that know nothing of Tremolo find it as it says", .enabled(if: OutsideProgram.isAskedFor))
struct OutsideTests {
    private static let click =
        "/tremclk?cuid=ann%40mail.example&sec=8781202&expId=17&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale"

    @Test("curl is redirected over HTTP/1.1 and HTTP/1.0, and keeps its connection")
    func curl() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: OutsideProgram.configuration)
        let url = "http://127.0.0.1:\(edge.port)\(Self.click)"
        for version in ["--http1.1", "--http1.0"] {
            let format = "%{http_code} %{redirect_url} %{num_connects}\n"
            let result = try OutsideProgram.run(
                "/usr/bin/curl", ["-s", "-o", "/dev/null", "-w", format, version, url, "-o", "/dev/null", url])
            #expect(result.status == 0)
            let lines = result.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "302 https://www.mywebsite.com/sale 1", "\(version)")
            // A second transfer of one command line uses the connection of the first (HTTP/1.0 closes it).
            #expect(lines.last?.hasSuffix(version == "--http1.1" ? " 0" : " 1") == true, "\(version): \(lines)")
        }
        #expect(edge.end() == 0)
    }

    @Test("sqlite3 finds the store whole, and every event in it once")
    func sqlite() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
        let client = try BlockingHTTPClient(port: edge.port)
        for _ in 0..<50 { #expect(try client.get(Self.click).status == 302) }
        #expect(edge.end() == 0)
        let store = data + "/campaigns.sqlite"
        let check = try OutsideProgram.run("/usr/bin/sqlite3", [store, "PRAGMA integrity_check"])
        #expect(check.status == 0 && check.output == "ok\n")
        let total = try OutsideProgram.run(
            "/usr/bin/sqlite3",
            [store, "SELECT (SELECT SUM(total) FROM rollup), (SELECT SUM(counted) FROM checkpoint)"])
        #expect(total.output == "50|50\n")
    }

    /// What strace wrote, once it says that the program has ended.
    private static func finished(_ trace: String) throws -> String {
        try eventually("the end of the trace") {
            try String(contentsOfFile: trace, encoding: .utf8)
        } until: {
            $0.contains("+++ exited with 0 +++")
        }
    }

    @Test("strace sees each new folder's name synced where it stands before anybody is answered")
    func foldersAreDurable() throws {
        let folder = try TemporaryFolder()
        let trace = folder.path + "/trace"
        let edge = try RunningEdge(
            data: folder.path + "/a/data", configuration: OutsideProgram.configuration,
            wrapper: ["/usr/bin/strace", "-D", "-f", "-y", "-e", "trace=mkdir,mkdirat,fsync,listen", "-o", trace])
        #expect(edge.end() == 0)
        let text = try Self.finished(trace)
        let start = text.split(separator: "\n").prefix { !$0.contains("listen(") }
        for (made, parent) in [
            ("/a", ""), ("/a/data", "/a"), ("/a/data/journal", "/a/data"), ("/a/data/keys", "/a/data"),
        ] {
            let making = start.firstIndex {
                $0.contains("mkdir") && $0.contains("\(folder.path)\(made)\"") && $0.hasSuffix("= 0")
            }
            let after = start[(try #require(making, "\(made) was made"))...]
            #expect(
                after.contains { $0.contains("fsync(") && $0.contains("<\(folder.path)\(parent)>)") },
                "\(made) in \(parent)")
        }
    }

    /// The system calls of some names, a line each, that a server with one worker makes from its start to its end.
    private static func calls(_ names: String, _ body: (RunningEdge) throws -> Void) throws -> [Substring] {
        let folder = try TemporaryFolder()
        let trace = folder.path + "/trace"
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: OutsideProgram.configuration, arguments: ["--workers", "1"],
            // -D: the server stays the child that signals go to, and strace stands beside it.
            wrapper: ["/usr/bin/strace", "-D", "-f", "-yy", "-e", "trace=\(names)", "-o", trace])
        try body(edge)
        #expect(edge.end() == 0)
        let text = try Self.finished(trace)
        return text.split(separator: "\n")
    }

    @Test("strace sees one accept for a connection, where connections come one by one")
    func acceptsOnce() throws {
        var listener = ""
        let all = try Self.calls("accept4") { edge in
            listener = "127.0.0.1:\(edge.port)]>,"
            for _ in 0..<30 {
                let client = try BlockingHTTPClient(port: edge.port)
                try client.send(
                    "GET \(Self.click) HTTP/1.1\r\nHost: trem.brand.example\r\nConnection: close\r\n\r\n")
                #expect(try client.receive().status == 302)
            }
        }
        let calls = all.filter { $0.contains("accept4(") && $0.contains(listener) }
        let taken = calls.filter { !$0.contains("EAGAIN") }.count
        #expect(taken >= 30 && calls.count - taken <= 6, "\(calls.count) calls for \(taken) connections")
    }

    @Test("strace sees each batch written before its answers leave, and one write for a pipeline of clicks")
    func systemCalls() throws {
        let request = "GET \(Self.click) HTTP/1.1\r\nHost: trem.brand.example\r\n\r\n"
        let calls = try Self.calls("pwrite64,sendto,recvfrom") { edge in
            let client = try BlockingHTTPClient(port: edge.port)
            for _ in 0..<5 {
                try client.send(String(repeating: request, count: 8))
                for _ in 0..<8 { #expect(try client.receive().status == 302) }
            }
        }
        let answers = calls.indices.filter { calls[$0].contains("sendto(") && calls[$0].contains("HTTP/1.1 302") }
        #expect(answers.count >= 5)
        for answer in answers {
            // Looking back from an answer, the write of its batch comes before the receipt of its request.
            let before = calls[..<answer].last {
                $0.contains("pwrite64(") && $0.contains("/journal/") || $0.contains("recvfrom(")
            }
            #expect(before?.contains("pwrite64(") == true, "\(calls[answer])")
        }
        let writes = calls.filter { $0.contains("pwrite64(") && $0.contains("/journal/") }.count
        #expect(writes < 40, "\(writes) writes for 40 clicks in 5 pipelines")
    }
}
