import LinuxSystem
import Settings
import Testing

@testable import EdgeServer

@Suite("What a newcomer is told can be copied and works")
struct GreetingTests {
    @Test(
        "A server that listens everywhere is reached as 127.0.0.1",
        arguments: [
            ("0.0.0.0:8080", "127.0.0.1:8080"), ("[::]:80", "127.0.0.1:80"), ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]:2", "[::1]:2"), ("192.0.2.7:3", "192.0.2.7:3"),
        ])
    func address(listening: String, told: String) throws {
        let text = Greeting.text(
            listeningOn: try #require(SocketAddress(listening)), try #require(readConfiguration("{}")))
        #expect(text.contains("answers on http://\(told). ") && text.contains("\n  http://\(told)/tremop?"))
        #expect(!text.contains("0.0.0.0") && !text.contains("[::]"))
        #expect(text.contains("tremolo report\n"))
    }

    @Test(
        "The data folder is one word of the shell",
        arguments: [
            ("/var/lib/tremolo", "/var/lib/tremolo"), ("/x/we ird", "'/x/we ird'"), ("it's", "'it'\\''s'"),
            ("$HOME;x", "'$HOME;x'"), ("'", "''" + "\\''" + "'"),
        ])
    func quoted(folder: String, word: String) throws {
        var configuration = try #require(readConfiguration("{}"))
        configuration.data = folder
        let text = Greeting.text(listeningOn: .internet(.loopback, port: 1), configuration)
        #expect(text.contains("tremolo report --data \(word)\n"))
    }
}
