import Foundation
import TestSupport
import Testing

/// What `make image-test` would find only after minutes, and what it can't: the files beside the image.
@Suite("The image, compose.yaml and what they mount agree", .enabled(if: OutsideProgram.isAskedFor))
struct ContainerTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: OutsideProgram.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// A YAML text as JSON.
    private static func yaml(_ text: String) throws -> JSONDocument {
        let script = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
        let result = try run(["/usr/bin/python3", "-c", script], input: text)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDocument(result.output)
    }

    /// The image's environment: the `NAME=value` words of its instruction.
    private static func environment() throws -> [String: String] {
        let instruction = try #require(text("Dockerfile").firstMatch(of: /(?m)^ENV (?:.*\\\n)*.*$/)).output
        let pairs = instruction.matches(of: /([A-Z_]+)=(\S+)/).map { ("\($0.1)", "\($0.2)") }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test("The release binary needs SQLite's library and what Debian's base system has")
    func libraries() throws {
        let result = try run(["/usr/bin/readelf", "--dynamic", "--wide", tremoloBinary()])
        try #require(result.status == 0, "\(result.errors)")
        let needed = result.output.matches(of: /\(NEEDED\).*\[(.+)\]/).map { String($0.1) }
        let countries = try tremolo(["--version"]).output.contains("GeoIP") ? ["libmaxminddb.so.0"] : []
        // libc6, and with it the loader and libgcc-s1, belong to every Debian; libstdc++6 comes with apt.
        let base = ["libc.so.6", "libgcc_s.so.1", "libm.so.6", "libstdc++.so.6"]
        #expect(
            needed.filter { !$0.hasPrefix("ld-linux-") }.sorted() == (base + ["libsqlite3.so.0"] + countries).sorted())
    }

    @Test("The image's user, version, folders and health check are those that the documents and compose.yaml say")
    func image() throws {
        let dockerfile = try Self.text("Dockerfile")
        let version = try tremolo(["--version"]).output.split(separator: " ")[1].trimmingCharacters(in: .newlines)
        #expect(dockerfile.contains("org.opencontainers.image.version=\"\(version)\""))
        let environment = try Self.environment()
        #expect(environment["TREMOLO_LISTEN"] == "0.0.0.0:8080" && dockerfile.contains("\nEXPOSE 8080\n"))
        #expect(environment["TREMOLO_ADMIN"] == nil, "the admin listener is the container's own")
        let volume = try #require(environment["TREMOLO_DATA"])
        #expect(dockerfile.contains("\nVOLUME \(volume)\n"))
        #expect(dockerfile.contains("\nUSER 10001:10001\n") && dockerfile.contains("--uid 10001 --gid tremolo"))
        // `make image-test` makes base images of these names.
        let bases = dockerfile.matches(of: /(?m)^FROM (\S+)/).map { String($0.1) }
        #expect(bases.count == 2 && bases[0].hasPrefix("swift:") && bases[1] == "debian:bookworm-slim")
        // Whoever reads the page makes folders for this user.
        #expect(try Self.text("Documentation/containers.md").contains("10001:10001"))
        let check = dockerfile.firstMatch(of: /\nHEALTHCHECK (.+) CMD (\[.+\])\n/)
        let (options, command) = try (#require(check).output.1, #require(check).output.2)
        let compose = try Self.yaml(Self.text("compose.yaml"))["services"]["edge"]["healthcheck"]
        #expect(
            "\(options)"
                == "--interval=\(compose["interval"].string ?? "") --timeout=\(compose["timeout"].string ?? "") "
                + "--start-period=\(compose["start_period"].string ?? "") --retries=\(compose["retries"].int ?? 0)")
        let words = try JSONDocument("\(command)").elements.map(\.string)
        #expect(compose["test"].elements.map(\.string) == ["CMD"] + words)
    }

    @Test("compose.yaml leaves the edge to Caddy alone, and both without rights that they don't need")
    func compose() throws {
        let compose = try Self.yaml(Self.text("compose.yaml"))
        let services = compose["services"].members
        #expect(services.keys.sorted() == ["caddy", "edge"])
        for (name, service) in services {
            #expect(service["read_only"].bool == true, "\(name)")
            #expect(service["cap_drop"].elements.map(\.string) == ["ALL"], "\(name)")
            #expect(service["security_opt"].elements.map(\.string) == ["no-new-privileges:true"], "\(name)")
            #expect(!service["healthcheck"]["test"].elements.isEmpty, "\(name)")
            for mount in service["volumes"].elements.compactMap(\.string) {
                let parts = mount.split(separator: ":").map(String.init)
                if parts[0].hasPrefix("./") {
                    let folder = OutsideProgram.root.appendingPathComponent(parts[0]).path
                    #expect(FileManager.default.fileExists(atPath: folder) && parts.last == "ro", "\(mount)")
                } else {
                    #expect(!compose["volumes"][parts[0]].isMissing, "\(mount)")
                }
            }
        }
        let edge = compose["services"]["edge"]
        let caddy = compose["services"]["caddy"]
        #expect(edge["ports"].isMissing && edge["cap_add"].isMissing && edge["network_mode"].isMissing)
        #expect(edge["networks"].members.keys.sorted() == ["inside"])
        #expect(compose["networks"]["inside"]["internal"].bool == true)
        #expect(caddy["cap_add"].elements.map(\.string) == ["NET_BIND_SERVICE"])
        #expect(caddy["ports"].elements.map(\.string) == ["80:80", "443:443"])
        #expect(caddy["depends_on"]["edge"]["condition"].string == "service_healthy")
        let data = try #require(Self.environment()["TREMOLO_DATA"])
        #expect(edge["volumes"].elements.map(\.string).contains("data:\(data)"))
    }

    @Test("The edge's configuration is right, and trusts Caddy's address and no other")
    func configuration() throws {
        let compose = try Self.yaml(Self.text("compose.yaml"))
        let address = try #require(compose["services"]["caddy"]["networks"]["inside"]["ipv4_address"].string)
        let file = OutsideProgram.root.appendingPathComponent("Config/container/tremolo/tremolo.json5").path
        // As in the container, but for the folders that are its own.
        var variables = try Self.environment()
        variables["TREMOLO_RULES"] = OutsideProgram.root.appendingPathComponent("Config/rules").path
        variables["TREMOLO_SENDERS"] = OutsideProgram.root.appendingPathComponent("Config/esp").path
        variables["TREMOLO_CONFIG"] = file
        let checked = try tremolo(["config", "check"], environment: variables)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        let printed = try tremolo(["config", "print"], environment: variables).output
        let trusted = try #require(printed.split(separator: "\n").first { $0.contains("trustedProxies") })
        #expect(trusted.contains("[\"\(address)/32\"]"), "\(trusted)")
        #expect(printed.contains("\"0.0.0.0:8080\"") && printed.contains("\"127.0.0.1:8081\""), "\(printed)")
    }

    @Test("Caddy takes its file as it stands, for one tracking domain and for two")
    func caddyfile() throws {
        let file = OutsideProgram.root.appendingPathComponent("Config/container/caddy/Caddyfile").path
        for (domains, names) in [
            ("trem.brand.example", ["trem.brand.example"]),
            ("trem.brand.example, click.other.example", ["trem.brand.example", "click.other.example"]),
        ] {
            let command = ["/usr/bin/caddy", "validate", "--adapter", "caddyfile", "--config", file]
            let folder = try TemporaryFolder()
            let variables = ["TRACKING_DOMAINS": domains, "HOME": folder.path]
            let result = try run(command, environment: variables)
            #expect(result.status == 0, "\(result.errors)")
            let adapted = try run(
                ["/usr/bin/caddy", "adapt", "--adapter", "caddyfile", "--config", file], environment: variables)
            let servers = try JSONDocument(adapted.output)["apps"]["http"]["servers"].members.values
            let hosts = servers.flatMap { $0["routes"].elements }.flatMap { $0["match"].elements }
                .flatMap { $0["host"].elements }.compactMap(\.string)
            #expect(hosts.sorted() == names.sorted())
            #expect(adapted.output.contains("\"dial\":\"edge:8080\""))
        }
    }

    @Test("While the edge's container is replaced, people wait at Caddy and are answered by the new one")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let old = try RunningEdge(data: folder.path + "/data", configuration: OutsideProgram.configuration)
        let front = try RunningFront(.caddyInContainer, in: folder.path, edge: old)
        let click = "/tremclk?sec=8781202&cuid=a&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale"
        #expect(try front.ask(click).status == "302")
        #expect(old.end() == 0)
        let person = SpawnedProcess()
        let (answer, progress) = (Pipe(), Pipe())
        let domain = RunningFront.domains[0]
        person.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        person.arguments = [
            "-sv", "--http1.1", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", "\(folder.path)/\(domain).crt",
            "--resolve", "\(domain):\(front.places.securePort):127.0.0.1",
            "https://\(domain):\(front.places.securePort)\(click)",
        ]
        person.standardOutput = answer
        person.standardError = progress
        try person.run()
        var seen = ""
        while !seen.contains("> GET ") {
            let chunk = progress.fileHandleForReading.availableData
            try #require(!chunk.isEmpty, "the person has asked: \(seen)")
            seen += String(decoding: chunk, as: UTF8.self)
        }
        #expect(person.isRunning)
        let new = try RunningEdge(
            data: folder.path + "/data", configuration: OutsideProgram.configuration, port: old.port)
        #expect(String(decoding: answer.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == "302")
        #expect(new.end() == 0)
    }
}
