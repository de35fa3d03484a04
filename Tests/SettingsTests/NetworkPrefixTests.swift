import LinuxSystem
import Testing

@testable import Settings

@Suite("A network is a range of addresses")
struct NetworkPrefixTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "192.0.2.1", true),
        ("0.0.0.0/0", "::1", false), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false), ("::/0", "::1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ])
    func membership(_ network: String, _ address: String, _ isInside: Bool) throws {
        let prefix = try #require(NetworkPrefix(network))
        #expect(prefix.contains(try #require(IPAddress(address))) == isInside)
        #expect(NetworkPrefix(prefix.description) == prefix)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "::1/129", "::1/127",
        "10.0.0/8",
        "example.com", "10.0.0.0/8/8", "::ffff:10.0.0.0/95",
    ])
    func notANetwork(_ text: String) {
        #expect(NetworkPrefix(text) == nil)
    }
}
