import Bytes
import Engagement
import HTTPEngine
import LinuxSystem

/// What a worker keeps of clients' addresses: a cut and a keyed hash, worked out once a connection, or once a request
/// where a proxy's connection carries those of many clients.
///
/// The whole address is gone with the connection or the request.
struct AddressRecorder: Sendable {
    /// The hash; the day of its key plus one (0: there was no key), above it the family of the address (8 bits, 0:
    /// there is none) and the number of its network's label (16 bits, 0: none); the cut address. It fits a connection's
    /// room.
    typealias Words = InlineArray<4, UInt64>

    /// What is kept of a proxy's own address where nobody says for whom it asks: the address as it is cut, without hash
    /// and label. By these, all of its clients would be one that is very busy.
    static func anonymous(_ words: Words) -> Words {
        var words = words
        words[0] = 0
        words[1] &= 0xFF << 32
        return words
    }

    private let ring: AddressKeyRing
    private let ipv4Prefix: Int
    private let ipv6Prefix: Int
    private var key: AddressKeyRing.DayKey?
    private var version: UInt32 = 0
    private var networks: NetworkLabels

    /// Cuts to so many bits, and hashes under the keys of `ring`.
    init(ring: AddressKeyRing, ipv4Prefix: Int, ipv6Prefix: Int, networks: NetworkLabels) {
        self.networks = networks
        self.ring = ring
        self.ipv4Prefix = ipv4Prefix
        self.ipv6Prefix = ipv6Prefix
    }

    /// Looks whether there is a new key of the day. Takes a lock only when there is.
    mutating func turnBegins() {
        let now = ring.version
        guard now != version else { return }
        version = now
        key = ring.key()
    }

    /// Cuts and hashes an address, and looks which network it is of. Allocates nothing.
    func words(of address: IPAddress?) -> Words {
        var words = Words(repeating: 0)
        guard let address = Self.networkAddress(address) else { return words }
        let cut = address.cut(ipv4Prefix: ipv4Prefix, ipv6Prefix: ipv6Prefix)
        words[1] = UInt64(networks.number(of: address)) << 40 | UInt64(address.family.rawValue) << 32
        (words[2], words[3]) = cut.words
        guard let key else { return words }
        let hash = AddressHash(of: address, keyDay: key.day, key: key.key)
        words[0] = hash.value
        words[1] |= UInt64(key.day) + 1
        return words
    }

    /// Puts the cut address and the hash into an event.
    func put(_ words: Words, into facts: inout EventFacts) {
        let note = words[1]
        guard let family = NetworkAddress.Family(rawValue: UInt8(truncatingIfNeeded: note >> 32)) else { return }
        let prefix =
            switch family {
            case .ipv4: ipv4Prefix
            case .ipv6: ipv6Prefix
            }
        facts.address = AddressCut(family: family, words: (words[2], words[3]), prefixBitCount: prefix)
        let keyDay = UInt32(truncatingIfNeeded: note)
        if keyDay > 0 {
            facts.addressHash = AddressHash(keyDay: UInt16(truncatingIfNeeded: keyDay - 1), value: words[0])
        }
    }

    /// Labels addresses by other networks from now on; connections that are open keep their label.
    mutating func use(_ networks: NetworkLabels) {
        self.networks = networks
    }

    /// Appends the label of the network that the address lies in, where there is one.
    func appendNetwork(of words: Words, to events: inout EventWriter, into batch: inout ByteBuffer) {
        let number = UInt16(truncatingIfNeeded: words[1] >> 40)
        if number != 0 { networks.append(number, to: &events, into: &batch) }
    }

    private static func networkAddress(_ address: IPAddress?) -> NetworkAddress? {
        guard let address else { return nil }
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        for index in 0..<address.byteCount { bytes[index] = address.byte(index) }
        return NetworkAddress(networkBytes: bytes.span.extracting(0..<address.byteCount))
    }
}
