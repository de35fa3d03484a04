import LinuxSystem
import Settings
import TestSupport
import Testing

@testable import EdgeServer

@Suite("Who is trusted is found as the networks say it")
struct TrustedProxiesTests {
    private func proxies(_ networks: [String]) throws -> TrustedProxies {
        TrustedProxies(try networks.map { try #require(NetworkPrefix($0)) })
    }

    @Test(
        arguments: [
            ("10.0.0.0", true), ("10.255.255.255", true), ("9.255.255.255", false), ("11.0.0.0", false),
            ("192.0.2.7", true), ("192.0.2.6", false), ("192.0.2.8", false), ("::ffff:10.1.2.3", true),
            ("2001:db8::", true), ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true), ("2001:db9::", false),
            ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", false), ("::", false), ("0.0.0.0", false),
            ("0a00:1::", false), ("255.255.255.255", false),
        ])
    func contains(_ address: String, _ isTrusted: Bool) throws {
        let proxies = try proxies(["192.0.2.7", "10.0.0.0/8", "10.9.0.0/16", "2001:db8::/32"])
        #expect(proxies.contains(try #require(IPAddress(address))) == isTrusted)
        #expect(!proxies.isEmpty)
    }

    @Test("All of a family, and none")
    func bounds() throws {
        let all = try proxies(["0.0.0.0/0"])
        #expect(all.contains(.ipv4(0)) && all.contains(.ipv4(.max)))
        #expect(!all.contains(.ipv6(high: 0, low: 1)))
        let other = try proxies(["::/0"])
        #expect(other.contains(.ipv6(high: .max, low: .max)) && !other.contains(.ipv4(1)))
        let none = try proxies([])
        #expect(none.isEmpty && !none.contains(.loopback))
    }

    @Test("As the networks themselves, for any of them")
    func property() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            // Few different bits, so that ranges lie in and beside each other.
            let networks = try (0..<12).map { _ in
                let length = Int.random(in: 24...32, using: &random)
                let address = IPAddress.ipv4(0x0A00_0000 | UInt32.random(in: 0...1_023, using: &random))
                return try #require(NetworkPrefix("\(address.cut(to: length))/\(length)"))
            }
            let proxies = TrustedProxies(networks)
            for number in UInt32(0)...1_100 {
                let address = IPAddress.ipv4(0x0A00_0000 | number)
                #expect(
                    proxies.contains(address) == networks.contains { $0.contains(address) },
                    "seed \(seed): \(address) in \(networks)")
            }
        }
    }
}
