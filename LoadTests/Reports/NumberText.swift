/// Numbers as people and SVG read them. No locale: a point before the decimals, a comma between thousands.
package enum NumberText {
    /// So many decimals, rounded to the nearest; `–` for what is not known.
    package static func decimal(_ value: Double?, _ decimals: Int) -> String {
        guard let value, value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = UInt64((value.magnitude * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = scaled / UInt64(scale)
        guard decimals > 0 else { return sign + grouped(whole) }
        let digits = String(scaled % UInt64(scale))
        return sign + grouped(whole) + "." + String(repeating: "0", count: decimals - digits.count) + digits
    }

    /// As `decimal`, with as many decimals as make three digits that count.
    package static func short(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return decimal(value, value.magnitude >= 100 ? 0 : value.magnitude >= 10 ? 1 : 2)
    }

    /// A count with a comma between thousands.
    package static func grouped(_ value: UInt64) -> String {
        var digits = Array(String(value))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return String(digits)
    }

    /// A time in nanoseconds, with its unit: `823 ns`, `41.3 µs`, `7.02 ms`, `1.20 s`.
    package static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1_000: short(nanoseconds) + " ns"
        case ..<1e6: short(nanoseconds / 1e3) + " µs"
        case ..<1e9: short(nanoseconds / 1e6) + " ms"
        default: short(nanoseconds / 1e9) + " s"
        }
    }

    /// As `time`, without zeros behind the point: for the marks of an axis.
    package static func mark(_ nanoseconds: Double) -> String {
        let parts = time(nanoseconds).split(separator: " ", maxSplits: 1).map(String.init)
        return ([trimmed(parts[0])] + parts.dropFirst()).joined(separator: " ")
    }

    /// The number without zeros behind its point.
    package static func trimmed(_ number: String) -> String {
        guard number.contains(".") else { return number }
        var text = Substring(number)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return String(text)
    }

    /// Bytes in MiB.
    package static func mebibytes(_ bytes: UInt64?) -> String {
        bytes.map { decimal(Double($0) / 1_048_576, 1) + " MiB" } ?? "–"
    }

    /// For SVG: at most two decimals and no separator.
    package static func plain(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
