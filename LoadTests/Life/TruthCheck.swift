import Bytes

/// Holds what a rule set says of a story's events against what they were.
package struct TruthCheck: Sendable {
    /// Requests that were one thing, by what they were called.
    package struct Count: Equatable, Sendable {
        /// Called a person's: `human` or `proxy`.
        package var asPerson = 0
        /// Called a program's: `machine` or `prefetch`.
        package var asMachine = 0

        /// All of them.
        package var total: Int { asPerson + asMachine }
        /// The part that was called a program's; nil where there is none.
        package var machineShare: Double? { total == 0 ? nil : Double(asMachine) / Double(total) }
    }

    private struct Cell: Hashable {
        let family: Truth.Family
        let kind: LifeRequest.Kind
    }

    /// People's and programs' requests of one cell.
    package struct Confusion: Equatable, Sendable {
        /// What people did.
        package var people = Count()
        /// What programs did.
        package var machines = Count()

        /// Of what is called a program's, the part that is one; nil when nothing is called so.
        package var precision: Double? {
            let called = people.asMachine + machines.asMachine
            return called == 0 ? nil : Double(machines.asMachine) / Double(called)
        }
        /// Of what is a program's, the part that is called so.
        package var recall: Double? { machines.machineShare }
        /// Of what people did, the part that stays theirs.
        package var peopleKept: Double? { people.machineShare.map { 1 - $0 } }
    }

    /// Why events can't be held against a story.
    package enum Failure: Error, Equatable {
        /// A line is no event of the story, by its place from 1.
        case unreadable(line: Int)
        /// A request has no event, or more than one, by its place.
        case lostOrDouble(place: Int, events: Int)
        /// An event, by the request's place, is of another kind or at another time than the request.
        case differs(place: Int)
    }

    /// By family and kind.
    private var cells: [Cell: Confusion] = [:]
    /// By what happened.
    package private(set) var patterns: [Truth: [LifeRequest.Kind: Count]] = [:]
    /// Events in windows that were open yet.
    package private(set) var provisional = 0

    /// Reads the lines of `tremolo events`, which are all of one story.
    ///
    /// - Parameter startNanoseconds: when the story was begun.
    package init(_ story: LifeStory, events: Span<UInt8>, startNanoseconds: UInt64) throws(Failure) {
        var seen = [Int](repeating: 0, count: story.requests.count)
        var line = 0
        var offset = 0
        while let end = events.firstOffset(of: UInt8(ascii: "\n"), from: offset) {
            line += 1
            guard let event = try? JSON5.parse(events.extracting(offset..<end), dialect: .json),
                let place = event["expVisitId"]?.string.flatMap({ Int($0) }), story.requests.indices.contains(place),
                let name = event["class"]?.string, let isFinal = event["final"]?.bool
            else { throw .unreadable(line: line) }
            let request = story.requests[place]
            let time = RFC3339.string((startNanoseconds + request.timeNanoseconds) / 1_000 * 1_000)
            guard event["kind"]?.string == request.kind.rawValue, event["time"]?.string == time else {
                throw .differs(place: place)
            }
            seen[place] += 1
            if !isFinal { provisional += 1 }
            add(request, isMachine: name == "machine" || name == "prefetch")
            offset = end + 1
        }
        if let place = seen.firstIndex(where: { $0 != 1 }) { throw .lostOrDouble(place: place, events: seen[place]) }
    }

    /// What one family's clicks or opens came to.
    package func confusion(_ family: Truth.Family, _ kind: LifeRequest.Kind) -> Confusion {
        cells[Cell(family: family, kind: kind)] ?? Confusion()
    }

    private mutating func add(_ request: LifeRequest, isMachine: Bool) {
        let cell = Cell(family: request.truth.family, kind: request.kind)
        let count = isMachine ? \Count.asMachine : \Count.asPerson
        let side = request.truth.isPerson ? \Confusion.people : \Confusion.machines
        cells[cell, default: Confusion()][keyPath: side][keyPath: count] += 1
        patterns[request.truth, default: [:]][request.kind, default: Count()][keyPath: count] += 1
    }
}
