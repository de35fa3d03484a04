import Foundation
import TestSupport
import Testing

@Suite(
    "The doctor finds what is in front well, or says what it does to clicks", .enabled(if: OutsideProgram.isAskedFor))
struct DoctorTests {
    /// An edge that trusts what is in front, and a doctor with its keys.
    private final class Practice {
        let folder: TemporaryFolder
        let edge: RunningEdge
        private let configuration: String

        init(trusted: String = "127.0.0.1", proxyProtocol: Bool = false) throws {
            folder = try TemporaryFolder()
            configuration = folder.path + "/t.json5"
            try """
            { trustedProxies: ["\(trusted)"], sections: { "8781202": { hosts: ["www.mywebsite.com"] } } }
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
        let port = freePortOfLoopback()
        let folder = practice.folder.path
        let configuration = folder + "/nginx.conf"
        try """
        pid \(folder)/nginx.pid; error_log \(folder)/error.log;
        events {}
        http {
          access_log off; client_body_temp_path \(folder)/b; proxy_temp_path \(folder)/p; fastcgi_temp_path \(folder)/f;
          uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s;
          server {
            listen 127.0.0.1:\(port);
            location / {
              proxy_pass http://127.0.0.1:\(practice.edge.port);
              rewrite ^(.+)/$ $1 break;
              proxy_hide_header Cache-Control; add_header Cache-Control "max-age=60" always;
              proxy_redirect https://www.mywebsite.com/ https://other.example/;
            }
          }
        }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        let nginx = Process()
        nginx.executableURL = URL(fileURLWithPath: "/usr/sbin/nginx")
        nginx.arguments = ["-p", folder, "-c", configuration, "-g", "daemon off; user root;"]
        nginx.standardError = FileHandle.nullDevice
        try nginx.run()
        defer {
            nginx.terminate()
            nginx.waitUntilExit()
        }
        while (try? BlockingHTTPClient(port: port)) == nil {
            try #require(nginx.isRunning)
            usleep(1_000)
        }
        let result = try practice.ask("http://127.0.0.1:\(port)", ["--format", "json"])
        #expect(result.status == 65, "\(result.output)\(result.errors)")
        let verdicts = try practice.verdicts(result)
        for subject in ["location", "address", "scheme", "host", "no-store", "slash form"] {
            #expect(verdicts[subject] == "problem", "\(subject): \(result.output)")
        }
        #expect(try practice.received() == 0)
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
    }
}
