internal import Bytes

/// Finds all of many texts in one pass over another one, case aside: the automaton of Aho and Corasick, with the
/// failure links worked into its table.
///
/// A pass reads each byte once and takes one step for it, whatever the bytes are and however many texts are looked for.
/// The table has one row a place in a text, less those that texts share, and one column a byte that occurs in any: the
/// shipped rules come to about two megabytes. Making it takes O(places × columns); looking things up allocates nothing.
struct TextAutomaton: Sendable {
    /// The most bytes that all texts together may have, so that a place is numbered by 16 bits.
    static let bytesMax = 65_000

    /// The column of each byte; capitals share those of small letters, bytes that no text has are column 0.
    private let columns: [UInt16]
    private let columnCount: Int
    /// The next place, by place and column.
    private let steps: [UInt16]
    /// The text that ends in a place, plus one; 0 where none does.
    private let ends: [UInt16]
    /// The longest text that ends where another one does, plus one, by that one's number; 0 where there is none.
    private let shorter: [UInt16]

    /// Makes the automaton. The texts are in small letters, none is empty or stands there twice.
    init(_ texts: [[UInt8]]) {
        precondition(texts.reduce(0) { $0 + $1.count } <= Self.bytesMax, "more text than places can be numbered for")
        var columns = Array(repeating: UInt16(0), count: 256)
        var columnCount = 1
        for text in texts {
            for byte in text where columns[Int(byte)] == 0 {
                columns[Int(byte)] = UInt16(columnCount)
                columnCount += 1
            }
        }
        for capital in UInt8(ascii: "A")...UInt8(ascii: "Z") {
            columns[Int(capital)] = columns[Int(capital.asciiLowercased)]
        }
        var table = Table(columns: columns, columnCount: columnCount, textCount: texts.count)
        for (number, text) in texts.enumerated() { table.insert(text, number: number) }
        table.linkFailures()
        self.columns = columns
        self.columnCount = columnCount
        steps = table.steps
        ends = table.ends
        shorter = table.shorter
    }

    /// The place after one more byte; a pass begins at place 0.
    func place(after place: Int, _ byte: UInt8) -> Int {
        Int(steps[place * columnCount + Int(columns[Int(byte)])])
    }

    /// The longest text that ends in a place, or nil.
    func text(endingAt place: Int) -> Int? {
        let end = ends[place]
        return end == 0 ? nil : Int(end) - 1
    }

    /// The next shorter text that ends where this one does, or nil.
    func text(shorterThan text: Int) -> Int? {
        let end = shorter[text]
        return end == 0 ? nil : Int(end) - 1
    }
}

extension TextAutomaton {
    /// The automaton in the making.
    private struct Table {
        let columns: [UInt16]
        let columnCount: Int
        private(set) var steps: [UInt16]
        private(set) var ends: [UInt16] = [0]
        private(set) var shorter: [UInt16]

        init(columns: [UInt16], columnCount: Int, textCount: Int) {
            self.columns = columns
            self.columnCount = columnCount
            steps = Array(repeating: 0, count: columnCount)
            shorter = Array(repeating: 0, count: textCount)
        }

        mutating func insert(_ text: [UInt8], number: Int) {
            var place = 0
            for byte in text {
                let step = place * columnCount + Int(columns[Int(byte)])
                if steps[step] == 0 {
                    steps[step] = UInt16(ends.count)
                    ends.append(0)
                    steps.append(contentsOf: repeatElement(0, count: columnCount))
                }
                place = Int(steps[step])
            }
            ends[place] = UInt16(number + 1)
        }

        /// Lets each place that a byte leads nowhere from take the step of the longest shorter place that it does from,
        /// nearest places first.
        mutating func linkFailures() {
            var failures = Array(repeating: UInt16(0), count: ends.count)
            var queue: [Int] = []
            for column in 0..<columnCount where steps[column] != 0 { queue.append(Int(steps[column])) }
            var head = 0
            while head < queue.count {
                let place = queue[head]
                head += 1
                let failure = Int(failures[place])
                if ends[place] == 0 {
                    ends[place] = ends[failure]
                } else {
                    shorter[Int(ends[place]) - 1] = ends[failure]
                }
                var column = 0
                while column < columnCount {
                    let step = place * columnCount + column
                    let other = steps[failure * columnCount + column]
                    column += 1
                    if steps[step] == 0 {
                        steps[step] = other
                    } else {
                        failures[Int(steps[step])] = other
                        queue.append(Int(steps[step]))
                    }
                }
            }
        }
    }
}
