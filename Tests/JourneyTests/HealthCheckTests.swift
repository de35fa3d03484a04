import Foundation
import TestSupport
import Testing

@Suite("The container's health check says whether the edge answers")
struct HealthCheckTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let script = root.appendingPathComponent("Config/container/tremolo-healthcheck").path

    private static func check(_ arguments: [String]) throws -> CommandResult {
        try run(["/bin/bash", script] + arguments)
    }

    @Test("Of a good server 0; of another path, a hanging server and one that is gone 1, with the reason")
    func everyEnd() throws {
        let folder = try TemporaryFolder()
        let configuration = Self.root.appendingPathComponent("Config/tremolo.json5").path
        let edge = try RunningEdge(data: folder.path + "/data", configuration: configuration)
        let port = "\(edge.port)"
        for arguments in [[port], [port, "/readyz"]] {
            let good = try Self.check(arguments)
            #expect(good.status == 0 && good.output.isEmpty && good.errors.isEmpty, "\(good.errors)")
        }
        let other = try Self.check([port, "/nothing"])
        #expect(other.status == 1)
        #expect(
            other.errors == "tremolo-healthcheck: 127.0.0.1:\(port)/nothing: it answers HTTP/1.1 404 Not Found\n")
        kill(edge.identifier, SIGSTOP)
        let hanging = try Self.check([port])
        kill(edge.identifier, SIGCONT)
        #expect(hanging.status == 1 && hanging.errors.contains("no answer within 3 s"), "\(hanging.errors)")
        #expect(edge.end() == 0)
        let gone = try Self.check([port])
        #expect(gone.status == 1 && gone.errors.hasSuffix("nobody listens\n"), "\(gone.errors)")
    }
}
