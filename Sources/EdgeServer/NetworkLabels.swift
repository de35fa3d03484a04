import Bytes
import Engagement
import Synchronization

/// The labels of listed networks, as a worker writes them into events.
///
/// A connection keeps the number of its label for as long as it lives, so a number means one label for as long as the
/// process lives (`NetworkNames`), whatever is listed meanwhile.
struct NetworkLabels: Sendable {
    private let table: NetworkTable
    /// The process's number of a rule set's.
    private let numbers: [UInt16]
    private let text: [UInt8]
    /// Where the labels lie in `text`, by the process's numbers.
    private let ranges: [Range<Int>]

    init(table: NetworkTable, numbers: [UInt16], labels: [String]) {
        self.table = table
        self.numbers = numbers
        var text: [UInt8] = []
        ranges = labels.map { label in
            let start = text.count
            text.append(contentsOf: label.utf8)
            return start..<text.count
        }
        self.text = text
    }

    /// The number of the network that an address lies in; 0 for none. Allocates nothing.
    func number(of address: NetworkAddress) -> UInt16 {
        guard let network = table.network(of: address) else { return 0 }
        return numbers[Int(network)]
    }

    /// Appends a label to an event.
    func append(_ number: UInt16, to events: inout EventWriter, into batch: inout ByteBuffer) {
        events.append(.network, plain: ranges[Int(number)], of: text.span, into: &batch)
    }
}

/// The numbers of network labels for as long as the process lives: a label keeps the one that it got first.
final class NetworkNames: Sendable {
    private struct Known {
        var labels = [""]
        var numbers: [String: UInt16] = ["": 0]
    }

    private let known = Mutex(Known())

    /// What a rule set lists, for one worker: workers that share tables would contend for reference counts.
    ///
    /// - Throws: `EdgeError.rules` when this process has seen more labels than it can number.
    func labels(of rules: RuleSet, folder: String) throws(EdgeError) -> NetworkLabels {
        let made: NetworkLabels? = known.withLock { known in
            var numbers: [UInt16] = []
            for label in rules.networkLabels {
                if let number = known.numbers[label] {
                    numbers.append(number)
                    continue
                }
                guard let number = UInt16(exactly: known.labels.count) else { return nil }
                known.labels.append(label)
                known.numbers[label] = number
                numbers.append(number)
            }
            return NetworkLabels(table: rules.networks.copied(), numbers: numbers, labels: known.labels)
        }
        guard let made else {
            throw .rules(
                path: folder, reason: "more labels of networks than one process can number: restart the server")
        }
        return made
    }
}
