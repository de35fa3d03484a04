/// Finds the known name that a misspelled one was meant to be.
package enum NearestName {
    /// The known name with the fewest edits from `name`, or nil when none is near enough to be what was meant.
    ///
    /// An edit is one character inserted, left out, replaced, or swapped with its neighbour; case counts for nothing,
    /// nor do `-` and `_` (`flush-interval` is near `flushInterval`). Near enough is a third of the longer name's
    /// length, rounded up, and 3 at the most. Of names equally near the first one wins. O(names x length²).
    package static func find(_ name: String, among known: [String]) -> String? {
        let wanted = simplified(name)
        var best: (name: String, edits: Int)?
        for candidate in known {
            let simplifiedCandidate = simplified(candidate)
            let longer = max(wanted.count, simplifiedCandidate.count)
            let allowed = min(3, (longer + 2) / 3)
            let edits = edits(from: wanted, to: simplifiedCandidate)
            if edits <= allowed, edits < longer, edits < (best?.edits ?? Int.max) { best = (candidate, edits) }
        }
        return best?.name
    }

    /// Names longer than this are cut before they are compared, so that a hostile file costs little.
    private static let comparedCharactersMax = 64

    private static func simplified(_ name: String) -> [Character] {
        Array(name.lowercased().prefix(comparedCharactersMax).filter { $0 != "-" && $0 != "_" })
    }

    /// The optimal string alignment distance.
    private static func edits(from first: [Character], to second: [Character]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...second.count)
        for row in 1..<(first.count + 1) {
            var current = [row]
            for column in 1..<(second.count + 1) {
                let replaced = previous[column - 1] + (first[row - 1] == second[column - 1] ? 0 : 1)
                var least = min(replaced, previous[column] + 1, current[column - 1] + 1)
                let isSwap =
                    row > 1 && column > 1 && first[row - 1] == second[column - 2]
                    && first[row - 2] == second[column - 1]
                if isSwap { least = min(least, beforePrevious[column - 2] + 1) }
                current.append(least)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[second.count]
    }
}
