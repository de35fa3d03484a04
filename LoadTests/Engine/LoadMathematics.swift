/// The three functions that schedules and weights are made of. This room links no C library's mathematics: these are
/// good to about 1e-14, which a test holds, and give the same arrivals for a seed on every machine.
package enum LoadMathematics {
    private static let naturalLogarithmOf2 = 0.693_147_180_559_945_3

    /// The natural logarithm of a positive finite number.
    package static func logarithm(_ value: Double) -> Double {
        precondition(value > 0 && value.isFinite, "a logarithm needs a positive number")
        var significand = value.significand
        var exponent = Double(value.exponent)
        // Around 1, so that the series below is short.
        if significand > 1.414_213_562_373_095 {
            significand /= 2
            exponent += 1
        }
        // ln(m) = 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.172
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var sum = 0.0
        var index = 19.0
        while index >= 1 {
            sum = sum * square + 1 / index
            index -= 2
        }
        return exponent * naturalLogarithmOf2 + 2 * ratio * sum
    }

    /// e to a power between -700 and 700; beyond, the result at that end.
    package static func exponential(_ power: Double) -> Double {
        let power = min(max(power, -700), 700)
        let whole = (power / naturalLogarithmOf2).rounded()
        let rest = power - whole * naturalLogarithmOf2
        var sum = 1.0
        var index = 16.0
        while index >= 1 {
            sum = 1 + sum * rest / index
            index -= 1
        }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }

    /// A positive base to any power.
    package static func power(_ base: Double, _ exponent: Double) -> Double {
        exponential(exponent * logarithm(base))
    }
}
