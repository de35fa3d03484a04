/// Why a text is not a quantity with its unit.
package enum QuantityError: Error, Equatable, Sendable {
    /// A bare number: the unit that was meant is not known. Carries a way to write it.
    case missingUnit(example: String)
    /// The number is followed by something that is no unit of this kind. Carries the units there are.
    case unknownUnit(String, known: [String])
    /// There is no number at the start of the text.
    case malformed(example: String)
    /// The quantity is larger than can be held.
    case tooLarge
    /// The quantity is not a whole number of its smallest unit.
    case notWhole(smallestUnit: String)
}

extension QuantityError: CustomStringConvertible {
    /// What is wrong and what to write instead, as a part of a sentence.
    package var description: String {
        switch self {
        case .missingUnit(let example): "the unit is missing: write \"\(example)\""
        case .unknownUnit(let unit, let known): "'\(unit)' is no unit here: use one of \(known.joined(separator: ", "))"
        case .malformed(let example): "it is no number with a unit: write it as in \"\(example)\""
        case .tooLarge: "the value is too large: write a smaller one"
        case .notWhole(let unit): "the value is not a whole number of \(unit)"
        }
    }
}

/// What a quantity measures: it chooses the examples of messages.
enum QuantityForm {
    case size
    case span
    case months

    func example(of number: String) -> String {
        switch self {
        case .size: "\(number) MiB"
        case .span: "\(number) s"
        case .months: "\(number) months"
        }
    }
}

/// One unit of a quantity: its name as it is written, the other spellings that are read, and its factor.
struct QuantityUnit: Sendable {
    let name: String
    let singular: String
    let spellings: [String]
    let factor: UInt64
    /// False for a unit that is read but never written, so that `14 days` does not come back as `2 weeks`.
    let isWritten: Bool

    init(name: String, singular: String? = nil, aliases: [String] = [], factor: UInt64, isWritten: Bool = true) {
        self.name = name
        self.singular = singular ?? name
        self.spellings = [name, self.singular] + aliases
        self.factor = factor
        self.isWritten = isWritten
    }

    func isSpelled(_ text: Substring) -> Bool {
        let lowercased = text.lowercased()
        return spellings.contains { $0.lowercased() == lowercased }
    }
}

/// Reading and writing of a number with a unit, shared by sizes and spans. Exact: no floating-point number is involved.
enum Quantity {
    /// Digits behind the decimal point that are read at the most.
    private static let fractionDigitsMax = 9

    static func read(
        _ text: String, units: [QuantityUnit], form: QuantityForm, bareFactor: UInt64? = nil
    ) throws(QuantityError) -> UInt64 {
        let trimmed = text.drop { $0 == " " }
        let number = trimmed.prefix { $0 == "." || ("0"..."9").contains($0) }
        var unit = trimmed.dropFirst(number.count).drop { $0 == " " }
        while unit.last == " " { unit.removeLast() }

        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.count <= 2, parts.last?.isEmpty == false else {
            throw .malformed(example: form.example(of: "30"))
        }
        guard let factor = units.first(where: { $0.isSpelled(unit) })?.factor ?? (unit.isEmpty ? bareFactor : nil)
        else {
            if unit.isEmpty { throw .missingUnit(example: form.example(of: String(number))) }
            throw .unknownUnit(String(unit), known: units.map(\.name))
        }
        let fraction = parts.count == 2 ? parts[1] : ""
        return try scaled(whole: whole, fraction: fraction, factor: factor, smallestUnit: units[0].name)
    }

    private static func scaled(
        whole: Substring, fraction: Substring, factor: UInt64, smallestUnit: String
    ) throws(QuantityError) -> UInt64 {
        guard let wholeNumber = UInt64(whole) else { throw .tooLarge }
        let (product, overflow) = wholeNumber.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw .tooLarge }
        guard !fraction.isEmpty else { return product }
        guard fraction.count <= fractionDigitsMax, let numerator = UInt64(fraction) else {
            throw .notWhole(smallestUnit: smallestUnit)
        }
        var denominator: UInt64 = 1
        for _ in 0..<fraction.count { denominator *= 10 }
        let (high, low) = numerator.multipliedFullWidth(by: factor)
        // The fraction is less than 1, so the quotient is less than the factor and fits.
        let (quotient, remainder) = denominator.dividingFullWidth((high, low))
        guard remainder == 0 else { throw .notWhole(smallestUnit: smallestUnit) }
        let (sum, sumOverflow) = product.addingReportingOverflow(quotient)
        guard !sumOverflow else { throw .tooLarge }
        return sum
    }

    static func describe(_ value: UInt64, units: [QuantityUnit]) -> String {
        let unit = units.last { $0.isWritten && value >= $0.factor && value % $0.factor == 0 } ?? units[0]
        let count = value / unit.factor
        return "\(count) \(count == 1 ? unit.singular : unit.name)"
    }
}
