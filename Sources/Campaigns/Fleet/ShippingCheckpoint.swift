package import Journal

/// How far a node has shipped its events, as its data folder keeps it: replaced durably behind each insert that was
/// acknowledged.
package struct ShippingCheckpoint: Equatable, Sendable {
    /// The version of the rows that are shipped: greater after each change of what earlier rows say.
    package var generation: UInt64
    /// The version of this node's row in `nodes`.
    package var revision: UInt64
    /// Tells the figures that rows agree with from those of a store that was counted anew.
    package var figures: String
    /// For each node the order time below which everything is shipped.
    package var watermarks: [UInt64: UInt64] = [:]
    /// How far each shard is shipped, and from where on windows still look at it.
    package var shards: [ShardIdentity: Place] = [:]
    /// Rows of the last days by shard and day in UTC (days since 1970-01-01): what a server that lost rows is found by.
    package var dayRows: [ShardIdentity: [UInt16: UInt64]] = [:]

    /// How far one shard is shipped.
    package struct Place: Equatable, Sendable {
        /// The first record that is not shipped.
        package var nextSequence: UInt64
        /// The first record that open windows still look at.
        package var neededFrom: UInt64

        /// - Parameter neededFrom: nil where no window looks back.
        package init(nextSequence: UInt64, neededFrom: UInt64? = nil) {
            self.nextSequence = nextSequence
            self.neededFrom = neededFrom ?? nextSequence
        }
    }

    /// Days that `dayRows` keeps, counted back from the last one of all shards.
    static let daysKept: UInt16 = 3

    /// A node that has shipped nothing yet.
    package init(generation: UInt64, revision: UInt64 = 0, figures: String) {
        self.generation = generation
        self.revision = revision
        self.figures = figures
    }

    /// Counts a row.
    mutating func count(_ shard: ShardIdentity, day: UInt16) {
        dayRows[shard, default: [:]][day, default: 0] += 1
    }

    /// Forgets the rows of older days.
    mutating func forgetOldDays() {
        guard let last = dayRows.values.compactMap({ $0.keys.max() }).max() else { return }
        dayRows = dayRows.mapValues { days in days.filter { $0.key >= last - min(last, Self.daysKept) } }
            .filter { !$0.value.isEmpty }
    }
}

extension ShippingCheckpoint: CheckpointFile {
    /// What it is, and the form's version.
    package static var head: String { "tremolo shipping 1" }

    /// Everything, a fact a line.
    package var lines: [String] {
        var lines = ["generation \(generation)", "revision \(revision)", "figures \(figures)"]
        for (node, time) in watermarks.sorted(by: { $0.key < $1.key }) { lines.append("node \(node) \(time)") }
        for (shard, done) in shards.sorted(by: { $0.key < $1.key }) {
            lines.append("shard \(shard.checkpointWords) \(done.nextSequence) \(done.neededFrom)")
        }
        for (shard, days) in dayRows.sorted(by: { $0.key < $1.key }) {
            for (day, rows) in days.sorted(by: { $0.key < $1.key }) {
                lines.append("day \(shard.checkpointWords) \(day) \(rows)")
            }
        }
        return lines
    }

    /// Reads what `lines` gives; nil for anything else.
    package init?(lines: some Sequence<Substring>) {
        self.init(generation: 0, figures: "")
        for line in lines {
            guard take(line) else { return nil }
        }
        guard generation > 0 else { return nil }
    }

    private mutating func take(_ line: Substring) -> Bool {
        let kind = line.prefix { $0 != " " }
        let rest = line.dropFirst(kind.count + 1)
        if kind == "figures" {
            figures = String(rest)
            return true
        }
        let numbers = rest.split(separator: " ").compactMap { UInt64($0) }
        switch (kind, numbers.count) {
        case ("generation", 1): generation = numbers[0]
        case ("revision", 1): revision = numbers[0]
        case ("node", 2): watermarks[numbers[0]] = numbers[1]
        case ("shard", 5):
            guard let shard = ShardIdentity(checkpointNumbers: numbers) else { return false }
            shards[shard] = Place(nextSequence: numbers[3], neededFrom: numbers[4])
        case ("day", 5):
            guard let shard = ShardIdentity(checkpointNumbers: numbers), let day = UInt16(exactly: numbers[3]) else {
                return false
            }
            dayRows[shard, default: [:]][day] = numbers[4]
        default: return false
        }
        return true
    }
}
