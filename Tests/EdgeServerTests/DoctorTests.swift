import Bytes
import HTTPEngine
import TestSupport
import Testing

@testable import EdgeServer

@Suite("A marked click is answered and kept from the figures; nobody else can make one")
struct DoctorTests {
    private static let key = HMACSHA256Key([UInt8](repeating: 3, count: 32).span)
    private static let now: UInt64 = 1_760_000_000

    private func nonce(_ mark: String, at seconds: UInt64 = now) -> String? {
        DoctorMark.nonce(of: mark.utf8.span, key: Self.key, nowSeconds: seconds)
    }

    @Test func whatArrivedIsReadAsItWasWritten() throws {
        var arrival = DoctorArrival()
        (arrival.nonce, arrival.address, arrival.addressBy, arrival.scheme) = ("ab", "192.0.2.1", "forwarded", "https")
        (arrival.targetBytes, arrival.idleTimeoutSeconds, arrival.isFromProxy) = (7, .max, true)
        for count in [nil, 0, 12, .max] as [UInt64?] {
            arrival.proxyIdleTimeouts = count
            #expect(DoctorArrival(arrival.text) == arrival)
        }
        for other in ["", "e30", "bm9uZQ", "\u{1F600}"] { #expect(DoctorArrival(other) == nil) }
    }

    @Test func marks() {
        let mark = DoctorMark.make(key: Self.key, nowSeconds: Self.now, nonce: 0xAB)
        #expect(nonce(mark) == "00000000000000ab")
        #expect(nonce(mark, at: Self.now + 300) != nil && nonce(mark, at: Self.now - 300) != nil)
        #expect(nonce(mark, at: Self.now + 301) == nil && nonce(mark, at: Self.now - 301) == nil)
        let bytes = Array(mark.utf8)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(DoctorMark.nonce(of: changed.span, key: Self.key, nowSeconds: Self.now) == nil, "byte \(index)")
        }
        for other in ["", "1.", mark + "0", String(mark.dropLast()), mark.uppercased()] { #expect(nonce(other) == nil) }
        let otherKey = HMACSHA256Key([UInt8](repeating: 4, count: 32).span)
        #expect(DoctorMark.nonce(of: bytes.span, key: otherKey, nowSeconds: Self.now) == nil)
    }

    @Test func arrivalsTravel() throws {
        var arrival = DoctorArrival()
        arrival.nonce = "ab"
        arrival.host = "a\"b\u{1B}"
        arrival.addressBy = "forwarded"
        arrival.isFromProxy = true
        arrival.targetBytes = 7
        let text = arrival.text
        #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(DoctorArrival(text) == arrival)
        for other in ["", "AAAA", String(text.dropLast(4)), text + "AAAA"] { #expect(DoctorArrival(other) == nil) }
    }

    @Test("It is decided as any other, says what arrived, and is neither recorded nor counted")
    func answered() throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        let mark = DoctorMark.make(
            key: rig.doctorKey, nowSeconds: rig.time.realtimeNanoseconds / 1_000_000_000, nonce: 1)
        for (target, start) in [
            ("/tremclk?sec=1&targetUrl=https%3A%2F%2Fwww.shop.example%2F", "HTTP/1.1 302"),
            ("/tremclk/?sec=1&amp;targetUrl=https%3A%2F%2Fwww.shop.example%2F", "HTTP/1.1 302"),
            ("/tremclk?sec=1&targetUrl=https%3A%2F%2Felsewhere.example%2F", "HTTP/1.1 200"),
            ("/tremclk?sec=3", "HTTP/1.1 404"), ("/tremop?sec=1", "HTTP/1.1 200"),
        ] {
            let answer = try rig.exchange(client, browserRequest(target, "Tremolo-Doctor: \(mark)\r\n"))
            #expect(answer.hasPrefix(start), "\(target): \(answer)")
            #expect(answer.contains("Cache-Control: no-store, private\r\n"))
            let line = try #require(answer.split(separator: "\r\n").first { $0.hasPrefix("Tremolo-Doctor-Arrived: ") })
            let arrival = try #require(DoctorArrival(String(line.dropFirst(24))))
            #expect(arrival.targetBytes == target.utf8.count)
            #expect(arrival.targetHash == "\(SHA256Digest.hash(target.utf8.span))")
            #expect(arrival.address == "127.0.0.1" && arrival.addressBy == "connection" && !arrival.isFromProxy)
            #expect(arrival.nonce == "0000000000000001")
        }
        #expect(try rig.journaled().events.isEmpty)
        #expect(rig.counters.value(.clickRedirected) == 0 && rig.counters.value(.openPixel) == 0)
        let proxied = try EdgeRig("{ trustedProxies: [\"127.0.0.1\"], sections: { \"1\": {} } }")
        let proxiedMark = DoctorMark.make(
            key: proxied.doctorKey, nowSeconds: proxied.time.realtimeNanoseconds / 1_000_000_000, nonce: 2)
        let lines = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nTremolo-Doctor: \(proxiedMark)\r\n"
        let seen = try proxied.exchange(try proxied.connect(), browserRequest("/tremop?sec=1", lines))
        let field = try #require(seen.split(separator: "\r\n").first { $0.hasPrefix("Tremolo-Doctor-Arrived: ") })
        let arrived = try #require(DoctorArrival(String(field.dropFirst(24))))
        #expect(arrived.address == "192.0.2.1" && arrived.addressBy == "forwarded" && arrived.scheme == "https")
        #expect(proxied.counters.value(ForwardedClient.Naming.named) == 0)
        #expect(proxied.counters.value(ClientScheme.https) == 0)
        let forged = mark.replacing("1.", with: "2.", maxReplacements: 1)
        let answer = try rig.exchange(client, browserRequest("/tremop?sec=1", "Tremolo-Doctor: \(forged)\r\n"))
        #expect(answer.hasPrefix("HTTP/1.1 200") && !answer.contains("Arrived"))
        #expect(try rig.journaled().events.count == 1)
    }
}
