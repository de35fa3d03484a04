import Engagement
import LinuxSystem
import LoadEngine

/// What finding the network of a whole address costs, in nanoseconds of processor time.
struct NetworkCosts: CustomStringConvertible {
    /// An address, in the networks that are shipped.
    let shippedNanoseconds: Double
    /// An address, in as many ranges as the large clouds publish together, half of them IPv6.
    let manyNanoseconds: Double

    private static let manyRanges = 100_000
    private static let addressCount = 1 << 15

    /// Measures with addresses of which half lie in a range; none is asked for again soon.
    init(_ rules: RuleSet) throws(EngagementError) {
        var random = LoadRandom(seed: 1)
        var ranges: [String] = []
        var addresses: [NetworkAddress] = []
        for number in 0..<Self.manyRanges {
            let isIPv6 = !number.isMultiple(of: 2)
            let bits = isIPv6 ? Int.random(in: 28...64, using: &random) : Int.random(in: 12...32, using: &random)
            let bytes = Self.address(isIPv6: isIPv6, &random)
            ranges.append("\"\(Self.text(bytes, prefixBitCount: bits))/\(bits)\"")
            guard addresses.count < Self.addressCount else { continue }
            for bytes in [bytes, Self.address(isIPv6: isIPv6, &random)] {
                if let address = NetworkAddress(networkBytes: bytes.span) { addresses.append(address) }
            }
        }
        addresses.shuffle(using: &random)
        let text = "{ networks: [{ label: \"cloud\", ranges: [\(ranges.joined(separator: ","))] }] }"
        let many = try RuleSet(files: [RuleFile(name: "many.json5", bytes: Array(text.utf8))])
        shippedNanoseconds = Self.nanoseconds(rules.networks, addresses)
        manyNanoseconds = Self.nanoseconds(many.networks, addresses)
    }

    private static func nanoseconds(_ table: NetworkTable, _ addresses: [NetworkAddress]) -> Double {
        Costs.nanoseconds(each: addresses, rounds: 4) { table.network(of: $0) != nil }
    }

    /// An address of the kind that is given out: 1 to 223 in front, or 2000::/3.
    private static func address(isIPv6: Bool, _ random: inout LoadRandom) -> [UInt8] {
        var bytes = (0..<(isIPv6 ? 16 : 4)).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes[0] = isIPv6 ? 0x20 | bytes[0] & 0x1F : max(1, bytes[0] % 224)
        return bytes
    }

    /// The first address of the network that an address lies in.
    private static func text(_ address: [UInt8], prefixBitCount: Int) -> String {
        let bytes = address.enumerated().map { index, byte in
            byte & UInt8(truncatingIfNeeded: 0xFF00 >> min(max(prefixBitCount - 8 * index, 0), 8))
        }
        guard bytes.count == 16 else { return bytes.map { "\($0)" }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { index in
            String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
        }.joined(separator: ":")
    }

    var description: String {
        """
        an address, in the networks that are shipped: \(Int(shippedNanoseconds.rounded(.up))) ns
        an address, in \(Self.manyRanges) ranges of networks: \(Int(manyNanoseconds.rounded(.up))) ns

        """
    }
}
