/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014): random numbers that a seed
/// repeats. About a nanosecond each.
package struct LoadRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins the numbers of a seed.
    ///
    /// - Parameter stream: which of the seed's independent sequences, so that threads don't repeat each other.
    package init(seed: UInt64, stream: UInt64 = 0) {
        state = seed
        for _ in 0..<2 { state = Self.mix(state &+ stream &* 0xD1B5_4A32_D192_ED03) }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number in 0..<1, with 53 bits.
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A waiting time of a Poisson process with one arrival a unit on average.
    package mutating func exponential() -> Double {
        -LoadMathematics.logarithm(1 - unit())
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
