import HTTPEngine
import LinuxSystem
import Testing

@Suite("Limits change while a worker serves, and no request that is under way suffers")
struct ChangedLimitsTests {
    private static func request(_ path: String, padding: Int) -> String {
        get(path, "X-Padding: \(String(repeating: "p", count: padding))\r\n")
    }

    @Test("Half a head that fills its buffer goes on in a larger one")
    func longer() throws {
        let rig = try WorkerRig {
            $0.headLimitBytes = 2_048
            $0.requestLineLimitBytes = 1_024
        }
        let client = try rig.connect()
        let bytes = Array(Self.request("/long", padding: 3_000).utf8)
        client.send(Array(bytes[..<2_000]))
        #expect(try rig.turns { rig.value(.readingHead) == 1 })
        rig.handler.limits = HTTPLimits()
        try rig.turn()
        client.send(Array(bytes[2_000...]))
        #expect(try rig.turns { client.responses().map(\.body) == ["/long"] })
        let other = try rig.connect()
        other.send(get("/" + String(repeating: "x", count: 5_000)))
        #expect(try rig.turns { other.responses().map(\.status) == [200] })
        #expect(rig.value(.heldBytes) == 0 && rig.handler.rejections.isEmpty)
    }

    @Test("Shorter limits are those of every request that is read from then on")
    func shorter() throws {
        let rig = try WorkerRig()
        let kept = try rig.connect()
        kept.send(Self.request("/a", padding: 3_000))
        #expect(try rig.turns { kept.responses().count == 1 })
        let half = try rig.connect()
        half.send(String(Self.request("/b", padding: 3_000).dropLast(10)))
        #expect(try rig.turns { rig.value(.readingHead) == 1 })
        rig.handler.limits.requestLineLimitBytes = 1_024
        rig.handler.limits.headLimitBytes = 2_048
        try rig.turn()
        half.send("pppp\r\n\r\n")
        kept.send(Self.request("/c", padding: 3_000))
        let line = try rig.connect()
        line.send(get("/" + String(repeating: "x", count: 1_500)))
        #expect(try rig.turns { half.hasEnded && kept.hasEnded && line.hasEnded })
        #expect(half.responses().map(\.status) == [431] && kept.responses().map(\.status) == [200, 431])
        #expect(line.responses().map(\.status) == [414])
        let short = try rig.connect()
        short.send(get("/short"))
        #expect(try rig.turns { short.responses().map(\.status) == [200] })
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test("A shorter idle time ends who has idled so long, a longer one keeps the others")
    func idleTime() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 1 })
        rig.pass(seconds: 50)
        rig.handler.limits.idleTimeoutNanoseconds = 200_000_000_000
        try rig.settle()
        rig.pass(seconds: 100)
        try rig.settle()
        #expect(!client.hasEnded)
        rig.handler.limits.idleTimeoutNanoseconds = 10_000_000_000
        #expect(try rig.turns { client.hasEnded })
        #expect(rig.value(.idleTimeouts) == 1)
    }
}
