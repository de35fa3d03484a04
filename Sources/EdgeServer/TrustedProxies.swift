import LinuxSystem
import Settings

/// Whose forwarding headers and PROXY headers count: networks as a worker asks for them, on the way of each request.
///
/// Ranges that don't overlap, in order: O(log ranges), without an allocation.
struct TrustedProxies: Sendable {
    private struct Bounds: Sendable {
        let first: UInt128
        var last: UInt128
    }

    private let ipv4: [Bounds]
    private let ipv6: [Bounds]

    /// The addresses of any of these networks.
    init(_ networks: [NetworkPrefix]) {
        ipv4 = Self.merged(networks.filter { $0.address.byteCount == 4 })
        ipv6 = Self.merged(networks.filter { $0.address.byteCount == 16 })
    }

    /// True when nobody is trusted.
    var isEmpty: Bool { ipv4.isEmpty && ipv6.isEmpty }

    /// True for an address of one of them. An IPv4 address wrapped in IPv6 is taken as IPv4.
    func contains(_ address: IPAddress) -> Bool {
        let address = address.folded
        return Self.contains(Self.bits(address), address.byteCount == 4 ? ipv4 : ipv6)
    }

    private static func contains(_ address: UInt128, _ ranges: [Bounds]) -> Bool {
        // The number of ranges that begin at the address or before it lies between these.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].first <= address { low = middle + 1 } else { high = middle }
        }
        return low > 0 && address <= ranges[low - 1].last
    }

    private static func merged(_ networks: [NetworkPrefix]) -> [Bounds] {
        let ranges = networks.map { network in
            let first = bits(network.address)
            let rest = UInt128(network.address.byteCount * 8 - network.length)
            // 128 bits can't be moved out of a number at once.
            return Bounds(first: first, last: first | (rest == 128 ? .max : (1 << rest) - 1))
        }
        var merged: [Bounds] = []
        for range in ranges.sorted(by: { $0.first < $1.first }) {
            if let last = merged.last, range.first <= last.last {
                merged[merged.count - 1].last = max(last.last, range.last)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    private static func bits(_ address: IPAddress) -> UInt128 {
        switch address {
        case .ipv4(let address): UInt128(address)
        case .ipv6(let high, let low): UInt128(high) << 64 | UInt128(low)
        }
    }
}
