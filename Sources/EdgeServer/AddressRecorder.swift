import Bytes
import Engagement
import HTTPEngine
import LinuxSystem

/// What a worker keeps of clients' addresses: a cut and a keyed hash, worked out once a connection.
///
/// The whole address is gone with the connection. The four words of a connection's room hold: the hash; the day of its
/// key plus one (0: there was no key), above it the family of the address (8 bits, 0: there is none) and the number of
/// its network's label (16 bits, 0: none); the cut address.
struct AddressRecorder: Sendable {
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

    /// Cuts and hashes the address of a new connection.
    mutating func remember(in facts: inout ConnectionFacts) {
        guard let address = Self.networkAddress(facts.address) else { return }
        let cut = address.cut(ipv4Prefix: ipv4Prefix, ipv6Prefix: ipv6Prefix)
        facts.room[1] = UInt64(networks.number(of: address)) << 40 | UInt64(address.family.rawValue) << 32
        (facts.room[2], facts.room[3]) = cut.words
        guard let key else { return }
        let hash = AddressHash(of: address, keyDay: key.day, key: key.key)
        facts.room[0] = hash.value
        facts.room[1] |= UInt64(key.day) + 1
    }

    /// Puts the cut address and the hash into an event.
    func put(_ connection: borrowing ConnectionFacts, into facts: inout EventFacts) {
        let room = connection.room
        let note = room[1]
        guard let family = NetworkAddress.Family(rawValue: UInt8(truncatingIfNeeded: note >> 32)) else { return }
        let prefix =
            switch family {
            case .ipv4: ipv4Prefix
            case .ipv6: ipv6Prefix
            }
        facts.address = AddressCut(family: family, words: (room[2], room[3]), prefixBitCount: prefix)
        let keyDay = UInt32(truncatingIfNeeded: note)
        if keyDay > 0 {
            facts.addressHash = AddressHash(keyDay: UInt16(truncatingIfNeeded: keyDay - 1), value: room[0])
        }
    }

    /// Labels connections by other networks from now on; those that are open keep their label.
    mutating func use(_ networks: NetworkLabels) {
        self.networks = networks
    }

    /// Appends the label of the network that the connection came from, where there is one.
    func appendNetwork(
        of connection: borrowing ConnectionFacts, to events: inout EventWriter, into batch: inout ByteBuffer
    ) {
        let number = UInt16(truncatingIfNeeded: connection.room[1] >> 40)
        if number != 0 { networks.append(number, to: &events, into: &batch) }
    }

    private static func networkAddress(_ address: IPAddress?) -> NetworkAddress? {
        guard let address else { return nil }
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        for index in 0..<address.byteCount { bytes[index] = address.byte(index) }
        return NetworkAddress(networkBytes: bytes.span.extracting(0..<address.byteCount))
    }
}
