import Foundation
import TestSupport
import Testing

@Suite("Key files that others can open are warned of, and used")
struct KeyModeTests {
    @Test("Start, reload, sign, its list, wrap and config check name file, mode and what to do")
    func modes() throws {
        let folder = try TemporaryFolder()
        let (data, configuration) = (folder.path + "/data", folder.path + "/t.json5")
        try "{ sections: { \"1\": { hosts: [\"a.example\"] } } }"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let flags = ["--data", data, "--config", configuration]
        #expect(try tremolo(["sign", "--make-key"] + flags).status == 0)
        // A server that makes its keys closes their folder.
        #expect(try RunningEdge(data: data, configuration: configuration).end() == 0)
        let key = "\(data)/keys/signing-1.key"
        #expect(try tremolo(["sign", "/tremclk?sec=1"] + flags).errors.isEmpty)
        try setMode(0o640, key)
        try setMode(0o755, data + "/keys")
        let warnings = [
            "\(data)/keys: its mode is 0755, so that others can reach the keys: chmod 700 \(data)/keys",
            "\(key): its mode is 0640, so that others can use the key: chmod 600 \(key)",
        ]
        let said = warnings.map { "tremolo: warning: \($0)\n" }.joined()
        for arguments in [["sign", "/tremclk?sec=1"], ["sign", "--list-keys"], ["config", "check"]] {
            let result = try tremolo(arguments + flags)
            #expect(result.status == 0 && result.errors.hasPrefix(said), "\(result.errors)")
        }
        let wrapped = try tremolo(
            ["wrap", "--html", "-", "--base", "https://t.example", "--sec", "1", "--sign"] + flags, input: "x")
        #expect(wrapped.status == 0 && wrapped.errors.hasPrefix(said))

        let edge = try RunningEdge(data: data, configuration: configuration)
        for warning in warnings {
            #expect(edge.greeting.contains("level=warning event=key-files reason=\"\(warning)\""), "\(edge.greeting)")
        }
        let root = data + "/keys/root.key"
        try setMode(0o604, root)
        let client = try BlockingHTTPClient(port: edge.adminPort)
        try client.send("POST /reload HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.receive(toHead: false).status == 200)
        #expect(edge.end() == 0)
        #expect(edge.log.components(separatedBy: "reason=\"\(root): its mode is 0604").count == 2)
        #expect(edge.log.components(separatedBy: "reason=\"\(key): its mode is 0640").count == 3)
        try setMode(0o600, root)
        try setMode(0o600, key)
        try setMode(0o700, data + "/keys")
        #expect(try tremolo(["config", "check"] + flags).errors == "\(configuration): no problems\n")
    }

    private func setMode(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
