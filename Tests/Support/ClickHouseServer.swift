import Foundation
import LinuxSystem

/// A ClickHouse server of this machine's packages, with its own folder, ports, user and password: a foreground process
/// that ends with the value.
package final class ClickHouseServer {
    /// Its folder: configuration, data, log.
    package let folder: TemporaryFolder
    /// The port of its HTTP interface.
    package let port: Int
    /// The password of the user `edge`.
    package let password = "a-password"
    /// A shell that waits for the server: a server closes every descriptor that it inherits, and Foundation takes the
    /// end of one of them for the end of a process, waits for it, and tells of no other process's end meanwhile.
    private var process: Process?

    /// Where its HTTP interface is.
    package var endpoint: String { "http://127.0.0.1:\(port)" }

    /// Its process.
    package private(set) var identifier: Int32 = 0

    /// Starts one, and waits until it answers.
    package init() throws {
        folder = try TemporaryFolder()
        port = freePortOfLoopback()
        try write()
        try start()
    }

    deinit { end(SIGKILL) }

    /// The program; nil where it is not installed.
    package static var program: String? {
        let places = ["/usr/sbin/clickhouse-server", "/usr/bin/clickhouse"]
        return places.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Starts it again on the same folder and port.
    package func start() throws {
        guard let program = Self.program else { throw UnmetCondition(what: "clickhouse-server is installed") }
        let process = Process()
        let number = folder.path + "/pid"
        try? FileManager.default.removeItem(atPath: number)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let server =
            [program] + (program.hasSuffix("clickhouse") ? ["server"] : []) + [
                "--config-file", folder.path + "/config.xml",
            ]
        let inner = "echo $$ > \(number); exec \"$@\""
        process.arguments = ["-c", "/bin/sh -c '\(inner)' sh \"$@\"; exit $?", "sh"] + server
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        try eventually("a ClickHouse server that answers") {
            let text = (try? String(contentsOfFile: number, encoding: .utf8)) ?? ""
            identifier = Int32(text.dropLast()) ?? 0
            guard process.isRunning else { throw UnmetCondition(what: "a ClickHouse server that runs: \(log)") }
            return identifier > 0 && (try? BlockingHTTPClient(port: port).get("/ping").status) == 200
        }
    }

    /// The last of its log.
    package var log: String {
        let text = (try? String(contentsOfFile: folder.path + "/log", encoding: .utf8)) ?? ""
        return String(text.suffix(2_000))
    }

    /// Ends it by a signal, and waits for that.
    package func end(_ signal: Int32 = SIGTERM) {
        guard let process else { return }
        send(signal)
        process.waitUntilExit()
        self.process = nil
    }

    /// Sends it a signal, such as SIGSTOP.
    package func send(_ signal: Int32) {
        if process != nil, identifier > 0 { kill(identifier, signal) }
    }

    private func write() throws {
        let config = """
            <?xml version="1.0"?>
            <yandex>
              <logger>
                <level>warning</level><log>\(folder.path)/log</log><errorlog>\(folder.path)/errors</errorlog>
              </logger>
              <listen_host>127.0.0.1</listen_host>
              <http_port>\(port)</http_port>
              <path>\(folder.path)/data/</path>
              <tmp_path>\(folder.path)/tmp/</tmp_path>
              <users_config>users.xml</users_config>
              <default_profile>default</default_profile>
              <default_database>default</default_database>
              <mark_cache_size>67108864</mark_cache_size>
              <timezone>UTC</timezone>
            </yandex>
            """
        let users = """
            <?xml version="1.0"?>
            <yandex>
              <profiles><default><max_memory_usage>4000000000</max_memory_usage></default></profiles>
              <users>
                <edge>
                  <password>\(password)</password><networks><ip>127.0.0.1</ip></networks>
                  <profile>default</profile><quota>default</quota>
                </edge>
              </users>
              <quotas><default/></quotas>
            </yandex>
            """
        for (name, text) in [("config.xml", config), ("users.xml", users)] {
            try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
        }
    }
}
