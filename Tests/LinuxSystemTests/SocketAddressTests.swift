import LinuxSystem
import Testing

@Suite("An address is read strictly and printed as it is read")
struct SocketAddressTests {
    struct Row: CustomTestStringConvertible {
        let text: String
        let address: SocketAddress?
        var printed: String?
        var testDescription: String { text }
    }

    static let rows: [Row] = [
        Row(text: "127.0.0.1:8080", address: .internet(.loopback, port: 8080)),
        Row(text: "0.0.0.0:0", address: .internet(.ipv4(0), port: 0)),
        Row(text: "localhost:80", address: .internet(.loopback, port: 80), printed: "127.0.0.1:80"),
        Row(text: ":8080", address: .internet(.ipv4(0), port: 8080), printed: "0.0.0.0:8080"),
        Row(text: "*:8080", address: .internet(.ipv4(0), port: 8080), printed: "0.0.0.0:8080"),
        Row(text: "[::1]:80", address: .internet(.ipv6(high: 0, low: 1), port: 80)),
        Row(text: "[::]:65535", address: .internet(.ipv6(high: 0, low: 0), port: 65535)),
        Row(
            text: "[2001:db8::A:0:0:1]:1",
            address: .internet(.ipv6(high: 0x2001_0DB8_0000_0000, low: 0x000A_0000_0000_0001), port: 1),
            printed: "[2001:db8::a:0:0:1]:1"),
        Row(
            text: "[1:2:3:4:5:6:7:8]:1",
            address: .internet(.ipv6(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0008), port: 1)),
        Row(
            text: "[::ffff:192.0.2.1]:1", address: .internet(.ipv6(high: 0, low: 0xFFFF_C000_0201), port: 1),
            printed: "[::ffff:c000:201]:1"),
        Row(text: "unix:/run/x.sock", address: .unix(path: "/run/x.sock")),
        Row(text: "/run/x.sock", address: .unix(path: "/run/x.sock"), printed: "unix:/run/x.sock"),
        Row(text: "", address: nil),
        Row(text: "8080", address: nil),
        Row(text: "127.0.0.1", address: nil),
        Row(text: "127.0.0.1:", address: nil),
        Row(text: "127.0.0.1:65536", address: nil),
        Row(text: "127.0.0.1:+80", address: nil),
        Row(text: "127.0.0.1:000080", address: nil),
        Row(text: "127.1:80", address: nil),
        Row(text: "127.0.0.01:80", address: nil),
        Row(text: "127.0.0.256:80", address: nil),
        Row(text: "0x7f.0.0.1:80", address: nil),
        Row(text: "::1:80", address: nil),
        Row(text: "[127.0.0.1]:80", address: nil),
        Row(text: "[1:2:3:4:5:6:7]:80", address: nil),
        Row(text: "[1:2:3:4:5:6:7:8:9]:80", address: nil),
        Row(text: "[1::2::3]:80", address: nil),
        Row(text: "[:::]:80", address: nil),
        Row(text: "[1:2:3:4:5:6:7::8]:80", address: nil),
        Row(text: "[12345::]:80", address: nil),
        Row(text: "[fe80::1%eth0]:80", address: nil),
        Row(text: "[+1::]:80", address: nil),
        Row(text: "example.com:80", address: nil),
        Row(text: "unix:", address: nil),
    ]

    @Test(arguments: rows)
    func reads(_ row: Row) {
        let address = SocketAddress(row.text)
        #expect(address == row.address)
        if row.address != nil { #expect(address?.description == row.printed ?? row.text) }
    }

    @Test func printedAddressesAreReadBack() {
        for (high, low) in [
            (UInt64(0), UInt64(0)), (0, 1), (1, 0), (.max, .max), (0x0001_0000_0000_0001, 0x0000_0000_0001_0000),
            (0x2001_0DB8_0000_0001, 0),
        ] {
            let address = IPAddress.ipv6(high: high, low: low)
            #expect(IPAddress(address.description) == address)
        }
    }

    @Test func loopbackIsTheMachineItself() {
        for text in ["127.0.0.1:1", "127.255.0.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "unix:/x"] {
            #expect(SocketAddress(text)?.isLoopback == true, "\(text)")
        }
        for text in ["128.0.0.1:1", "[::2]:1", "0.0.0.0:1", "[::]:1", "[::ffff:128.0.0.1]:1"] {
            #expect(SocketAddress(text)?.isLoopback == false, "\(text)")
        }
    }

    @Test func cuttingClearsEverythingBehindThePrefix() {
        let ipv4 = IPAddress.ipv4(0xC000_02FF)
        #expect(ipv4.cut(to: 24) == .ipv4(0xC000_0200))
        #expect(ipv4.cut(to: 0) == .ipv4(0))
        #expect(ipv4.cut(to: 31) == .ipv4(0xC000_02FE))
        #expect(ipv4.cut(to: 32) == ipv4)
        let ipv6 = IPAddress.ipv6(high: .max, low: .max)
        #expect(ipv6.cut(to: 48) == .ipv6(high: 0xFFFF_FFFF_FFFF_0000, low: 0))
        #expect(ipv6.cut(to: 64) == .ipv6(high: .max, low: 0))
        #expect(ipv6.cut(to: 65) == .ipv6(high: .max, low: 1 << 63))
        #expect(ipv6.cut(to: 0) == .ipv6(high: 0, low: 0))
        #expect(ipv6.cut(to: 128) == ipv6)
    }

    @Test func bytesComeInTheOrderOfTheNetwork() {
        let ipv4 = IPAddress.ipv4(0xC000_0201)
        #expect((0..<4).map(ipv4.byte) == [192, 0, 2, 1])
        let ipv6 = IPAddress.ipv6(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F)
        #expect((0..<16).map(ipv6.byte) == Array(0..<16))
    }
}
