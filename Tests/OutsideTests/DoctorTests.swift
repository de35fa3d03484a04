import Foundation
import TestSupport
import Testing

@Suite(
    "The doctor finds what is in front well, or says what it does to clicks", .enabled(if: OutsideProgram.isAskedFor))
struct DoctorTests {
    /// An edge that trusts what is in front, and a doctor with its keys.
    final class Practice {
        let folder: TemporaryFolder
        let edge: RunningEdge
        private let configuration: String

        init(trusted: String = "127.0.0.1", proxyProtocol: Bool = false, settings: String = "") throws {
            folder = try TemporaryFolder()
            configuration = folder.path + "/t.json5"
            try """
            { \(settings) trustedProxies: ["\(trusted)"], sections: { "8781202": { hosts: ["www.mywebsite.com"] } } }
            """.write(toFile: configuration, atomically: true, encoding: .utf8)
            edge = try RunningEdge(
                data: folder.path + "/data", configuration: configuration,
                environment: proxyProtocol ? ["TREMOLO_PROXY_PROTOCOL": "require"] : [:])
        }

        func ask(_ url: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws -> CommandResult
        {
            try tremolo(
                ["doctor", url, "--config", configuration, "--data", folder.path + "/data"] + arguments,
                environment: environment)
        }

        /// What was found, by subject.
        func verdicts(_ result: CommandResult) throws -> [String: String] {
            Dictionary(
                try JSONDocument(result.output)["findings"].elements.map {
                    ($0["subject"].string ?? "", $0["verdict"].string ?? "")
                }, uniquingKeysWith: { first, _ in first })
        }

        func received() throws -> Int {
            let report = try tremolo(
                ["report", "--format", "json", "--config", configuration, "--data", folder.path + "/data"])
            return try JSONDocument(report.output)["accounting"]["received"].int ?? -1
        }
    }

    @Test("Through HAProxy, nginx and Caddy everything arrives", arguments: FrontProxy.allCases)
    func examples(_ proxy: FrontProxy) throws {
        let practice = try Practice(proxyProtocol: proxy.speaksProxyProtocol)
        let front = try RunningFront(proxy, in: practice.folder.path, edge: practice.edge)
        let domain = RunningFront.domains[0]
        let result = try practice.ask(
            "https://\(domain):\(front.places.securePort)",
            [
                "--connect", "127.0.0.1", "--ca-file", "\(front.places.folder)/\(domain).crt", "--format", "json",
            ])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let verdicts = try practice.verdicts(result)
        for subject in ["way", "click", "address", "scheme", "host", "no-store", "slash form", "raw target", "pixel"] {
            #expect(verdicts[subject] == "ok", "\(subject): \(result.output)")
        }
        #expect(result.output.contains("HTTP/2"))
        #expect(try practice.received() == 0)
    }

    @Test("A proxy that caches, rewrites and hides who asked is found out")
    func spoiled() throws {
        let practice = try Practice()
        let nginx = try PlainNginx(
            in: practice.folder.path, upstream: "",
            location: """
                proxy_pass http://127.0.0.1:\(practice.edge.port);
                rewrite ^(.+)/$ $1 break;
                proxy_hide_header Cache-Control; add_header Cache-Control "max-age=60" always;
                proxy_redirect https://www.mywebsite.com/ https://other.example/;
                """)
        defer { nginx.end() }
        let result = try practice.ask("http://127.0.0.1:\(nginx.port)", ["--format", "json"])
        #expect(result.status == 65, "\(result.output)\(result.errors)")
        let verdicts = try practice.verdicts(result)
        for subject in ["location", "address", "scheme", "host", "no-store", "slash form"] {
            #expect(verdicts[subject] == "problem", "\(subject): \(result.output)")
        }
        #expect(try practice.received() == 0)
    }

    /// Has nginx keep its connections to the edge for so long.
    private func idleTime(_ seconds: Int, _ practice: Practice, _ arguments: [String] = ["--idle"]) throws -> String {
        let nginx = try PlainNginx(
            in: practice.folder.path,
            upstream: """
                upstream edge { server 127.0.0.1:\(practice.edge.port); keepalive 8; keepalive_timeout \(seconds)s; }
                """,
            location: """
                proxy_pass http://edge; proxy_http_version 1.1; proxy_set_header Connection "";
                proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto http;
                proxy_set_header X-Forwarded-For $remote_addr;
                """)
        defer { nginx.end() }
        let result = try practice.ask("http://127.0.0.1:\(nginx.port)", ["--format", "json"] + arguments)
        let verdict = try practice.verdicts(result)["timeouts"]
        #expect(result.status == (verdict == "problem" ? 65 : 0), "\(result.output)\(result.errors)")
        #expect(result.errors.contains("waiting 3 s") == arguments.contains("--idle"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count <= 1)
        return "\(verdict ?? "none") \(result.output)"
    }

    @Test("Whether the edge or what is in front closes idle connections first is seen by waiting for it")
    func idle() throws {
        let practice = try Practice(settings: "idleTimeout: \"2 s\", workers: 1,")
        let sooner = try idleTime(1, practice)
        #expect(sooner.hasPrefix("ok ") && sooner.contains("that closes first"), "\(sooner)")
        let later = try idleTime(60, practice)
        #expect(later.hasPrefix("problem ") && later.contains("has closed one after 2 s"), "\(later)")
        // Without waiting it says what the edge has seen so far.
        let seen = try idleTime(1, practice, [])
        #expect(seen.hasPrefix("note ") && seen.contains("of a trusted proxy that did not do so first"), "\(seen)")
    }

    @Test("Where nobody in front is trusted, waiting would tell nothing")
    func idleAlone() throws {
        let practice = try Practice(trusted: "192.0.2.1", settings: "idleTimeout: \"2 s\",")
        let result = try practice.ask("http://127.0.0.1:\(practice.edge.port)", ["--idle", "--format", "json"])
        #expect(result.status == 0 && !result.errors.contains("waiting"), "\(result.output)\(result.errors)")
        #expect(try practice.verdicts(result)["timeouts"] == "note")
        #expect(result.output.contains("only be seen behind a proxy"))
    }

    @Test("Without an edge, with other keys, without curl and without both programs it says so")
    func unreachable() throws {
        let practice = try Practice()
        let nobody = try practice.ask("http://127.0.0.1:1")
        #expect(nobody.status == 69 && nobody.output.isEmpty && nobody.errors.contains("http://127.0.0.1:1: "))
        let other = try Practice()
        let stranger = try other.ask("http://127.0.0.1:\(practice.edge.port)")
        #expect(
            stranger.status == 69 && stranger.output.contains("an edge answered with status 302"), "\(stranger.output)")
        // The stranger's click was one like any other.
        #expect(try practice.received() == 1)
        let bin = practice.folder.path + "/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: false)
        let url = "https://127.0.0.1:\(practice.edge.port)"
        let neither = try practice.ask(url, environment: ["PATH": bin])
        #expect(neither.status == 69 && neither.errors.contains("neither curl nor openssl"), "\(neither.errors)")
    }

    @Test("Where curl is missing, openssl does")
    func withOpenSSL() throws {
        let practice = try Practice()
        let front = try RunningFront(.haproxy, in: practice.folder.path, edge: practice.edge)
        let bin = practice.folder.path + "/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: false)
        for program in ["openssl", "timeout"] {
            try FileManager.default.createSymbolicLink(
                atPath: bin + "/" + program, withDestinationPath: "/usr/bin/" + program)
        }
        let domain = RunningFront.domains[0]
        let result = try practice.ask(
            "https://\(domain):\(front.places.securePort)",
            ["--connect", "127.0.0.1", "--ca-file", "\(front.places.folder)/\(domain).crt", "--format", "json"],
            environment: ["PATH": bin])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(try practice.verdicts(result)["raw target"] == "ok")
        // Without TLS there is nothing that openssl could do.
        let plain = try practice.ask("http://127.0.0.1:\(practice.edge.port)", environment: ["PATH": bin])
        #expect(plain.status == 69 && plain.errors.contains("this machine has no curl: install it"), "\(plain.errors)")
    }
}
