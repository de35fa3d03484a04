import Foundation
import LinuxSystem

/// A ClickHouse server of this machine's packages, with its own folder, ports, user and password: a foreground process
/// that ends with the value.
package final class ClickHouseServer {
    /// Its folder: configuration, data, log.
    package let path: String
    private let folder: TemporaryFolder
    /// The port of its HTTP interface.
    package let port: Int
    /// The password of the user `edge`.
    package let password = "a-password"
    private var process: SpawnedProcess?

    /// Where its HTTP interface is.
    package var endpoint: String { "http://127.0.0.1:\(port)" }

    /// Its process.
    package var identifier: Int32 { process?.processIdentifier ?? 0 }

    /// Starts one, and waits until it answers.
    ///
    /// - Parameter place: a folder that is its own; nil for a temporary one.
    package init(in place: String? = nil) throws {
        folder = try TemporaryFolder()
        path = place ?? folder.path
        port = freePortOfLoopback()
        try write()
        try start()
    }

    deinit { end(SIGKILL) }

    /// False once it has ended.
    package var isRunning: Bool { process?.isRunning ?? false }

    /// The program: `$TREMOLO_CLICKHOUSE_SERVER`, else the one that is installed; nil where none is.
    package static var program: String? {
        if let named = ProcessInfo.processInfo.environment["TREMOLO_CLICKHOUSE_SERVER"] { return named }
        let places = ["/usr/sbin/clickhouse-server", "/usr/bin/clickhouse"]
        return places.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Starts it again on the same folder and port.
    package func start() throws {
        guard let program = Self.program else { throw UnmetCondition(what: "clickhouse-server is installed") }
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments =
            (program.hasSuffix("clickhouse") ? ["server"] : []) + ["--config-file", path + "/config.xml"]
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        try eventually("a ClickHouse server that answers") {
            guard process.isRunning else { throw UnmetCondition(what: "a ClickHouse server that runs: \(log)") }
            return (try? BlockingHTTPClient(port: port).get("/ping").status) == 200
        }
    }

    /// The last of its log.
    package var log: String {
        let text = (try? String(contentsOfFile: path + "/log", encoding: .utf8)) ?? ""
        return String(text.suffix(2_000))
    }

    /// Ends it by a signal, and waits for that.
    package func end(_ signal: Int32 = SIGTERM) {
        guard let process else { return }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        self.process = nil
    }

    /// Sends it a signal, such as SIGSTOP.
    package func send(_ signal: Int32) {
        if let process { kill(process.processIdentifier, signal) }
    }

    private func write() throws {
        let config = """
            <?xml version="1.0"?>
            <yandex>
              <logger>
                <level>warning</level><log>\(path)/log</log><errorlog>\(path)/errors</errorlog>
              </logger>
              <listen_host>127.0.0.1</listen_host>
              <http_port>\(port)</http_port>
              <path>\(path)/data/</path>
              <tmp_path>\(path)/tmp/</tmp_path>
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
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
    }
}
