/// Writes small databases in MaxMind's format: a search tree of 24-bit records, a data section, metadata.
///
/// Source: MaxMind DB File Format Specification 2.0.
package struct MaxMindWriter {
    /// A network, and the record of those in it: bytes of the data section.
    private var networks: [(bits: [Bool], record: [UInt8])] = []
    private let isIPv6: Bool
    /// Which kind of database it says it is.
    package var type = "Test-Country"
    /// When it says it was made, seconds since 1970 UTC.
    package var epochSeconds: UInt64 = 1_764_000_000
    /// What stands in the metadata instead of the number of nodes.
    package var nodeCount: UInt32?
    /// What stands behind the other metadata.
    package var description = Self.map([])

    /// Begins with no network. IPv4 networks of a tree of IPv6 addresses stand below 96 zero bits.
    package init(isIPv6: Bool) {
        self.isIPv6 = isIPv6
    }

    /// Adds the network of the first `prefix` bits of an address with a country. Up to four bytes are an IPv4 address.
    package mutating func add(_ address: [UInt8], _ prefix: Int, country: String) {
        add(address, prefix, record: Self.record(country))
    }

    /// Adds a network with a record of one's own making.
    package mutating func add(_ address: [UInt8], _ prefix: Int, record: [UInt8]) {
        var bits = [Bool](repeating: false, count: isIPv6 && address.count <= 4 ? 96 : 0)
        for index in 0..<prefix { bits.append(address[index / 8] >> UInt8(7 - index % 8) & 1 == 1) }
        networks.append((bits, record))
    }

    /// The record of a place in a country, beside other facts in front of and behind it.
    package static func record(_ country: String) -> [UInt8] {
        map([
            ("continent", map([("code", text("EU"))])),
            ("country", map([("geoname_id", number(2_921_044)), ("iso_code", text(country))])),
            ("registered_country", map([("iso_code", text("AQ"))])),
        ])
    }

    /// The whole file.
    package func bytes() -> [UInt8] {
        var nodes: [[Int]] = [[-1, -1]]
        var section: [UInt8] = []
        var leaves: [(node: Int, side: Int, offset: Int)] = []
        for (bits, record) in networks {
            var node = 0
            for bit in bits.dropLast() {
                if nodes[node][bit ? 1 : 0] < 0 {
                    nodes.append([-1, -1])
                    nodes[node][bit ? 1 : 0] = nodes.count - 1
                }
                node = nodes[node][bit ? 1 : 0]
            }
            leaves.append((node, bits.last == true ? 1 : 0, section.count))
            section += record
        }
        var tree = nodes.map { $0.map { $0 < 0 ? nodes.count : $0 } }
        for leaf in leaves { tree[leaf.node][leaf.side] = nodes.count + 16 + leaf.offset }
        var file = tree.flatMap { $0.flatMap { [UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255), UInt8($0 & 255)] } }
        file += [UInt8](repeating: 0, count: 16) + section
        file += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        return file
            + Self.map([
                ("node_count", Self.number(nodeCount ?? UInt32(nodes.count))), ("record_size", Self.number(24, 2)),
                ("ip_version", Self.number(isIPv6 ? 6 : 4, 2)), ("database_type", Self.text(type)),
                ("languages", [0, 4]), ("binary_format_major_version", Self.number(2, 2)),
                ("binary_format_minor_version", Self.number(0, 2)),
                ("build_epoch", [8, 2] + (0..<8).map { UInt8(truncatingIfNeeded: epochSeconds >> (56 - 8 * $0)) }),
                ("description", description),
            ])
    }

    /// A text of up to 28 bytes.
    package static func text(_ text: String) -> [UInt8] { [0x40 | UInt8(text.utf8.count)] + Array(text.utf8) }

    /// A map of up to 28 pairs.
    package static func map(_ pairs: [(String, [UInt8])]) -> [UInt8] {
        [0xE0 | UInt8(pairs.count)] + pairs.flatMap { text($0.0) + $0.1 }
    }

    /// A number of four bytes or two.
    package static func number(_ value: UInt32, _ count: Int = 4) -> [UInt8] {
        [count == 4 ? 0xC4 : 0xA2] + (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    /// So many arrays, each in the one before.
    package static func nested(_ levels: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<levels { bytes += [1, 4] }
        return bytes + [0, 4]
    }
}
