/// A page of metrics in Prometheus' text format 0.0.4: each family with its help and type, then its samples.
struct MetricsPage {
    /// What a family measures.
    enum Kind: String {
        case counter, gauge, histogram
    }

    private var text = ""

    /// The page.
    var bytes: [UInt8] { Array(text.utf8) }

    /// Begins a family. Names carry base units (`_seconds`, `_bytes`), counters end in `_total`.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a whole number.
    mutating func sample(_ name: String, _ value: UInt64) {
        sample(name, [], value)
    }

    /// Adds a whole number with labels. Label values are the program's own words; none comes from a client.
    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: UInt64) {
        text += "\(name)\(Self.labelText(labels)) \(value)\n"
    }

    /// Adds a time in seconds.
    mutating func sample(_ name: String, _ labels: [(String, String)] = [], seconds nanoseconds: UInt64) {
        text += "\(name)\(Self.labelText(labels)) \(Double(nanoseconds) / 1e9)\n"
    }

    /// Adds a histogram: buckets that hold all below their end, their sum and their count.
    ///
    /// - Parameters:
    ///   - bounds: upper ends in nanoseconds, ascending.
    ///   - counts: samples of each bucket alone; one more than `bounds`.
    mutating func histogram(
        _ name: String, boundsNanoseconds bounds: [UInt64], counts: [UInt64], sumNanoseconds: UInt64
    ) {
        var total: UInt64 = 0
        for (place, count) in counts.enumerated() {
            total &+= count
            let end = place < bounds.count ? "\(Double(bounds[place]) / 1e9)" : "+Inf"
            sample("\(name)_bucket", [("le", end)], total)
        }
        sample("\(name)_sum", seconds: sumNanoseconds)
        sample("\(name)_count", total)
    }

    private static func labelText(_ labels: [(String, String)]) -> String {
        if labels.isEmpty { return "" }
        let pairs = labels.map { name, value in "\(name)=\"\(escaped(value))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
