import LoadEngine

/// The logarithm that the charts are scaled by.
enum Logarithm {
    static func natural(_ value: Double) -> Double { LoadMathematics.logarithm(value) }
}
