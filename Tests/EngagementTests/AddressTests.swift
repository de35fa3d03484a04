import Bytes
import Engagement
import Testing

@Suite("An address is cut before it is kept")
struct AddressTests {
    struct Cut: CustomTestStringConvertible {
        let bytes: [UInt8]
        let ipv4Prefix: Int
        let ipv6Prefix: Int
        let text: String
        var testDescription: String { text }
    }

    static let documentation: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0xAB, 0xCD]

    @Test(arguments: [
        Cut(bytes: [192, 0, 2, 255], ipv4Prefix: 24, ipv6Prefix: 48, text: "192.0.2.0/24"),
        Cut(bytes: [192, 0, 2, 255], ipv4Prefix: 32, ipv6Prefix: 48, text: "192.0.2.255/32"),
        Cut(bytes: [192, 0, 2, 255], ipv4Prefix: 0, ipv6Prefix: 48, text: "0.0.0.0/0"),
        Cut(bytes: [192, 0, 2, 255], ipv4Prefix: 25, ipv6Prefix: 48, text: "192.0.2.128/25"),
        Cut(bytes: [192, 0, 2, 255], ipv4Prefix: 99, ipv6Prefix: 48, text: "192.0.2.255/32"),
        Cut(bytes: [192, 0, 2, 255], ipv4Prefix: -1, ipv6Prefix: 48, text: "0.0.0.0/0"),
        Cut(bytes: documentation, ipv4Prefix: 24, ipv6Prefix: 48, text: "2001:db8:1::/48"),
        Cut(bytes: documentation, ipv4Prefix: 24, ipv6Prefix: 63, text: "2001:db8:1:2::/63"),
        Cut(bytes: documentation, ipv4Prefix: 24, ipv6Prefix: 64, text: "2001:db8:1:2::/64"),
        Cut(bytes: documentation, ipv4Prefix: 24, ipv6Prefix: 113, text: "2001:db8:1:2::8000/113"),
        Cut(bytes: documentation, ipv4Prefix: 24, ipv6Prefix: 128, text: "2001:db8:1:2::abcd/128"),
        Cut(bytes: documentation, ipv4Prefix: 24, ipv6Prefix: 0, text: "::/0"),
        Cut(
            bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 255], ipv4Prefix: 24, ipv6Prefix: 48,
            text: "192.0.2.0/24"),
        Cut(bytes: [0, 1] + [UInt8](repeating: 0, count: 14), ipv4Prefix: 0, ipv6Prefix: 128, text: "1::/128"),
        Cut(bytes: [UInt8](repeating: 0, count: 15) + [1], ipv4Prefix: 0, ipv6Prefix: 128, text: "::1/128"),
        Cut(
            bytes: [0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0], ipv4Prefix: 0, ipv6Prefix: 128,
            text: "1:0:1:1:1:1::/128"),
        Cut(
            bytes: [0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], ipv4Prefix: 0, ipv6Prefix: 128,
            text: "1:0:1:1:1:1:1:1/128"),
    ])
    func isCut(_ row: Cut) throws {
        let cut = try networkAddress(row.bytes).cut(ipv4Prefix: row.ipv4Prefix, ipv6Prefix: row.ipv6Prefix)
        #expect(cut.description == row.text)
        var sample = SampleEvent()
        sample.facts.address = cut
        #expect(try sample.event().view.address == cut)
    }

    @Test func otherCountsOfBytesAreNoAddress() {
        for count in 0..<20 where count != 4 && count != 16 {
            let bytes = [UInt8](repeating: 1, count: count)
            let isAddress = NetworkAddress(networkBytes: bytes.span) != nil
            #expect(!isAddress)
        }
    }

    @Test func theHashTellsAddressesDaysAndFamiliesApart() throws {
        let key = SipHashKey(bytes: Bytes16(littleEndian: 1, 2))
        let other = SipHashKey(bytes: Bytes16(littleEndian: 3, 4))
        let address = try networkAddress([192, 0, 2, 1])
        let mapped = try networkAddress([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1])
        let neighbour = try networkAddress([192, 0, 2, 2])
        let wide = try networkAddress([192, 0, 2, 1] + [UInt8](repeating: 0, count: 12))
        let hash = AddressHash(of: address, keyDay: 1, key: key)
        #expect(AddressHash(of: mapped, keyDay: 1, key: key) == hash)
        #expect(AddressHash(of: neighbour, keyDay: 1, key: key) != hash)
        #expect(AddressHash(of: wide, keyDay: 1, key: key).value != hash.value)
        #expect(AddressHash(of: address, keyDay: 1, key: other).value != hash.value)
    }
}
