/// The standard normal distribution.
enum NormalDistribution {
    /// The probability of a value of at most `z`: a half plus the density times the series
    /// z + z³/3 + z⁵/(3·5) + … (Marsaglia, 2004). Good to 1e-14 for |z| up to 8.
    static func probability(below z: Double) -> Double {
        if z > 8 { return 1 }
        if z < -8 { return 0 }
        var (sum, term, divisor) = (z, z, 1.0)
        while abs(term) > 1e-17 {
            divisor += 2
            term *= z * z / divisor
            sum += term
        }
        return 0.5 + sum * exponential(-z * z / 2) / 2.506_628_274_631_000_5
    }

    /// The value that a part `probability` of all values is at most. Between -8 and 8.
    static func quantile(_ probability: Double) -> Double {
        var (low, high) = (-8.0, 8.0)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if Self.probability(below: middle) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// e to the power of `x`, x at most 0: by its series of a small part of x, squared up again.
    private static func exponential(_ x: Double) -> Double {
        let small = x / 1_024
        var (sum, term) = (1.0, 1.0)
        for index in 1...12 {
            term *= small / Double(index)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }
}
