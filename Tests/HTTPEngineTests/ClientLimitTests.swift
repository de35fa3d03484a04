import Bytes
import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@testable import HTTPEngine

@Suite("One client has only so many connections, and nobody else loses one for it")
struct ClientLimitTests {
    private func rig(_ most: Int?) throws -> WorkerRig {
        try WorkerRig { $0.connectionsPerClientMax = most }
    }

    /// Connects for a client that a trusted proxy names.
    private func connect(_ rig: WorkerRig, _ name: String) throws -> TestClient {
        let client = try rig.connect()
        client.send("PROXY \(name) 1024 443\r\n")
        return client
    }

    private func proxyRig(_ most: Int, strangers: [IPAddress]) throws -> WorkerRig {
        let rig = try WorkerRig(requiresProxyHeader: true) { $0.connectionsPerClientMax = most }
        rig.handler.trusts = true
        rig.handler.strangers = Set(strangers)
        return rig
    }

    private static let near = IPAddress.ipv4(0xC000_0201)
    private static let far = IPAddress.ipv4(0xC633_6407)

    @Test("A new one takes the place of the client's own that has idled longest")
    func idleGivesWay() throws {
        let rig = try rig(3)
        var clients: [TestClient] = []
        for number in 0..<3 {
            let client = try rig.connect()
            client.send(get("/\(number)"))
            #expect(try rig.turns { client.responses().count == 1 })
            clients.append(client)
            rig.pass(seconds: 1)
        }
        // The oldest is used again: now the second one has idled longest.
        clients[0].send(get("/again"))
        #expect(try rig.turns { clients[0].responses().count == 2 })
        let fourth = try rig.connect()
        fourth.send(get("/3"))
        #expect(try rig.turns { fourth.responses().count == 1 && clients[1].hasEnded })
        #expect(!clients[0].hasEnded && !clients[2].hasEnded)
        #expect(rig.value(.open) == 3 && rig.value(.overClientLimit) == 1 && rig.value(.shed) == 0)
    }

    @Test("With none that idles the new one is closed, and room comes with the end of an old one")
    func nobodyIdles() throws {
        let rig = try rig(2)
        let slow = try (0..<2).map { _ in try rig.connect() }
        for client in slow { client.send("GET /slow HTTP/1.1\r\nHost") }
        #expect(try rig.turns { rig.value(.readingHead) == 2 })
        let third = try rig.connect()
        #expect(try rig.turns { third.hasEnded || third.failure != nil })
        #expect(third.received.isEmpty && rig.value(.overClientLimit) == 1 && rig.value(.open) == 2)
        slow[0].send(": a\r\nConnection: close\r\n\r\n")
        #expect(try rig.turns { slow[0].hasEnded && rig.value(.open) == 1 })
        let fourth = try rig.connect()
        fourth.send(get("/4"))
        #expect(try rig.turns { fourth.responses().map(\.body) == ["/4"] })
        #expect(rig.value(.overClientLimit) == 1)
    }

    @Test("Trusted proxies and everybody without a limit have as many as they like")
    func unlimited() throws {
        for most in [nil, 1] as [Int?] {
            let rig = try rig(most)
            rig.handler.trusts = most != nil
            let clients = try (0..<20).map { _ in try rig.connect() }
            for client in clients { client.send(get("/")) }
            #expect(try rig.turns { clients.allSatisfy { $0.responses().count == 1 } })
            #expect(rig.value(.open) == 20 && rig.value(.overClientLimit) == 0)
        }
    }

    @Test("Of connections that idled too long those of trusted proxies are counted apart", arguments: [true, false])
    func idleProxies(_ isTrusted: Bool) throws {
        let rig = try WorkerRig()
        rig.handler.trusts = isTrusted
        let client = try rig.connect()
        client.send(get("/"))
        #expect(try rig.turns { client.responses().count == 1 })
        rig.pass(seconds: 76)
        #expect(try rig.turns { client.hasEnded })
        #expect(rig.value(.idleTimeouts) == 1 && rig.value(.trustedIdleTimeouts) == (isTrusted ? 1 : 0))
    }

    @Test("Where a PROXY header names the client, that one counts, and not who wrote it")
    func named() throws {
        let rig = try proxyRig(1, strangers: [Self.near, Self.far])
        let first = try connect(rig, "TCP4 192.0.2.1 10.0.0.1")
        first.send("GET /slow HTTP/1.1\r\nHost")
        #expect(try rig.turns { rig.value(.readingHead) == 1 })
        let second = try connect(rig, "TCP4 192.0.2.1 10.0.0.1")
        second.send(get("/second"))
        #expect(try rig.turns { second.hasEnded || second.failure != nil })
        #expect(second.received.isEmpty && rig.value(.overClientLimit) == 1)
        let other = try connect(rig, "TCP4 198.51.100.7 10.0.0.1")
        other.send(get("/other"))
        #expect(try rig.turns { other.responses().count == 1 })
        // A proxy behind the one that names it, and health checks that name nobody.
        let unlimited = try (0..<6).map { number in
            number < 3 ? try connect(rig, "TCP4 10.0.0.9 10.0.0.1") : try rig.connect()
        }
        for (number, client) in unlimited.enumerated() {
            client.send((number < 3 ? "" : "PROXY UNKNOWN\r\n") + get("/"))
        }
        #expect(try rig.turns { unlimited.allSatisfy { $0.responses().count == 1 } })
        #expect(rig.handler.events.filter { $0 == "open" }.count == 8)
    }

    @Test("The addresses of one IPv6 network of 64 bits are one client")
    func sixtyFourBits() throws {
        let addresses = [1, 2, 3].map { IPAddress.ipv6(high: $0 < 3 ? 0x2001_0DB8_0001_0002 : 7, low: UInt64($0)) }
        let rig = try proxyRig(1, strangers: addresses)
        let idle = try connect(rig, "TCP6 2001:db8:1:2::1 ::1")
        idle.send(get("/"))
        #expect(try rig.turns { idle.responses().count == 1 })
        let elsewhere = try connect(rig, "TCP6 0:0:0:7::3 ::1")
        elsewhere.send(get("/"))
        #expect(try rig.turns { elsewhere.responses().count == 1 })
        #expect(!idle.hasEnded)
        let beside = try connect(rig, "TCP6 2001:db8:1:2::2 ::1")
        beside.send(get("/"))
        #expect(try rig.turns { beside.responses().count == 1 && idle.hasEnded })
        #expect(!elsewhere.hasEnded && rig.value(.overClientLimit) == 1)
    }

    @Test("A limit that is set while connections are open counts them and ends none")
    func changed() throws {
        let rig = try rig(nil)
        let clients = try (0..<4).map { _ in try rig.connect() }
        for client in clients { client.send("GET /slow HTTP/1.1\r\nHost") }
        #expect(try rig.turns { rig.value(.readingHead) == 4 })
        rig.handler.limits.connectionsPerClientMax = 2
        try rig.settle()
        #expect(rig.value(.open) == 4)
        let refused = try rig.connect()
        #expect(try rig.turns { refused.hasEnded || refused.failure != nil })
        for client in clients { client.send(": a\r\n\r\n") }
        #expect(try rig.turns { clients.allSatisfy { $0.responses().count == 1 } })
        // Two of its four idle ones would have to go before there is room: one gives way for each new one.
        let admitted = try rig.connect()
        admitted.send(get("/admitted"))
        #expect(try rig.turns { admitted.responses().count == 1 })
        #expect(rig.value(.open) == 4 && rig.value(.overClientLimit) == 2)
        rig.handler.limits.connectionsPerClientMax = nil
        let free = try (0..<4).map { _ in try rig.connect() }
        for client in free { client.send(get("/free")) }
        #expect(try rig.turns { free.allSatisfy { $0.responses().count == 1 } })
        #expect(rig.value(.open) == 8)
    }

    @Test("Whatever comes and goes, the counts and the oldest are those of a plain list", arguments: [1, 4, 50])
    func model(_ clientCount: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let most = 32
        var counts = ClientConnections(connectionCountMax: most)
        var plain: [(slot: Int32, client: ClientNetwork)] = []
        let clients = (0..<clientCount).map { number in
            ClientNetwork(bits: UInt64(number / 2), isIPv6: number % 2 == 1)
        }
        for step in 0..<5_000 {
            if plain.count < most, plain.isEmpty || Bool.random(using: &random) {
                let client = clients[Int.random(in: 0..<clientCount, using: &random)]
                counts.add(Int32(step), of: client)
                plain.append((Int32(step), client))
            } else {
                let gone = plain.remove(at: Int.random(in: 0..<plain.count, using: &random))
                let first = plain.first { $0.client == gone.client }?.slot ?? -1
                counts.remove(of: gone.client, leaving: first)
            }
            for client in clients {
                let own = plain.filter { $0.client == client }
                let (count, first) = counts.connections(of: client)
                #expect(count == own.count && first == own.first?.slot ?? -1, "seed \(seed), step \(step)")
            }
        }
    }
}
