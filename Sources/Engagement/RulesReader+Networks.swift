internal import Bytes

/// The networks of a rule set while its files are read.
struct ListedNetworks {
    /// The labels by number; number 0 is no network.
    private(set) var labels = [""]
    private(set) var ranges: [(range: NetworkRange, network: UInt16)] = []
    private var numbers: [String: UInt16] = [:]

    static let rangesMax = 1_000_000
    static let labelsMax = 10_000

    /// The number of a label, which is added when it is new; nil when there are too many.
    mutating func number(of label: String) -> UInt16? {
        if let known = numbers[label] { return known }
        guard labels.count <= Self.labelsMax else { return nil }
        let number = UInt16(labels.count)
        labels.append(label)
        numbers[label] = number
        return number
    }

    mutating func append(_ range: NetworkRange, network: UInt16) {
        ranges.append((range, network))
    }
}

extension RulesReader {
    /// Reads an entry of the list `networks`: a label and its ranges, and what a fetch from there is, where that alone
    /// decides it.
    ///
    /// - Returns: the rule that follows from it, if any.
    mutating func network(_ value: JSON5Value) throws(EngagementError) -> ClassRule? {
        try checkKeys(of: value, ["label", "ranges", "class", "reason", "kind"])
        let label = try text(of: value, "label")
        guard !label.isEmpty, label.utf8.count <= EventField.network.limitBytes,
            label.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || " -._".utf8.contains($0) })
        else { throw problem(.badLabel, value["label"] ?? value) }
        guard let number = networks.number(of: label) else {
            throw problem(.tooManyNetworks(limit: ListedNetworks.labelsMax), value)
        }
        guard let list = value["ranges"] else { throw problem(.missingKey("ranges"), value) }
        guard let items = list.array else { throw problem(.notAList, list) }
        for item in items {
            guard let text = item.string else { throw problem(.notText, item) }
            guard let range = NetworkRange(text) else { throw problem(.notARange(text), item) }
            guard networks.ranges.count < ListedNetworks.rangesMax else {
                throw problem(.tooManyRanges(limit: ListedNetworks.rangesMax), item)
            }
            networks.append(range, network: number)
        }
        guard value["class"] != nil else {
            if let needless = value["reason"] ?? value["kind"] { throw problem(.reasonWithoutClass, needless) }
            return nil
        }
        return try classRule(value, on: .network(number))
    }
}
