/// Random numbers of a seed (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// The next number below `bound`, all alike up to 2^-32.
    mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number that all 64 bits of another decide.
    static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// An order of the numbers below `count` that looks random, without a table of them.
///
/// Four rounds of a Feistel network over as many bits as are needed; a number past the end goes through again until it
/// falls below, fewer than four times on average.
struct Shuffle {
    private let count: UInt64
    private let halfBits: UInt64
    private let seed: UInt64

    init(count: UInt64, seed: UInt64) {
        precondition(count > 0, "there is nothing to shuffle")
        self.count = count
        self.seed = seed
        let bits = UInt64(64 - (count - 1).leadingZeroBitCount)
        halfBits = max(1, (bits + 1) / 2)
    }

    /// Where the number at `place`, which is below `count`, went.
    func number(at place: UInt64) -> UInt64 {
        var value = place
        repeat { value = permuted(value) } while value >= count
        return value
    }

    private func permuted(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) - 1
        var left = value >> halfBits
        var right = value & mask
        for round in 0..<4 as Range<UInt64> {
            (left, right) = (right, left ^ SplitMix64.mixed(seed &+ right &+ round << 48) & mask)
        }
        return left << halfBits | right
    }
}
