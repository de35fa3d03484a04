import Foundation
import TestSupport
import Testing

@Suite("Keys rotate under a running server, and old mail goes on working")
struct KeyRotationTests {
    private let node: ReloadedEdge

    init() throws {
        node = try ReloadedEdge("{ sections: { \"8781202\": { signatures: \"require\" } } }")
    }

    private func makeKey() throws {
        let made = try node.tremolo("sign", "--make-key")
        try #require(made.status == 0, "\(made.errors)")
    }

    /// A link to a host that no list names.
    private func signed(_ number: Int) throws -> String {
        let link =
            "/tremclk?cuid=a%40m.example&sec=8781202&expId=\(number)&targetUrl=https%3A%2F%2Fa.example%2F\(number)"
        let result = try node.tremolo("sign", link)
        try #require(result.status == 0, "\(result.errors)")
        return String(result.output.dropLast())
    }

    private func location(_ link: String) throws -> String? {
        let reply = try BlockingHTTPClient(port: node.edge.port).get(link)
        return reply.status == 302 ? reply.headers["location"] : nil
    }

    @Test("A new key counts from the reload on, an old one until its file is gone; a damaged one changes nothing")
    func rotation() throws {
        let keys = node.data + "/keys"
        try makeKey()
        let first = try signed(1)
        #expect(try location(first) == nil, "the key is not read yet")
        #expect(try node.reload().0 == 200)
        #expect(try location(first) == "https://a.example/1")
        #expect(try location(first.replacing("expId=1", with: "expId=2")) == nil)
        #expect(try location(first.replacing(/tsig=[^&]*&/, with: "")) == nil)
        #expect(try location(first.replacing("cuid=a%40m.example&", with: "")) == "https://a.example/1")

        try makeKey()
        let second = try signed(2)
        #expect(try location(second) == nil)
        #expect(try node.reload().0 == 200)
        #expect(try location(second) == "https://a.example/2" && location(first) == "https://a.example/1")

        try FileManager.default.moveItem(atPath: keys + "/signing-1.key", toPath: node.folder.path + "/kept")
        try "tremolo key 1\nhalf".write(toFile: keys + "/signing-1.key", atomically: true, encoding: .utf8)
        #expect(try node.reload().0 == 500)
        #expect(try location(second) == "https://a.example/2" && location(first) == "https://a.example/1")

        try FileManager.default.removeItem(atPath: keys + "/signing-1.key")
        #expect(try node.reload().0 == 200)
        #expect(try location(second) == "https://a.example/2" && location(first) == nil)
        #expect(node.edge.end() == 0)
    }
}
