import Bytes
import Engagement
import LoadEngine

/// What looking up a person's consent costs among ten million, in nanoseconds of processor time.
struct ConsentCosts: CustomStringConvertible {
    /// A person who is in the table.
    let namedNanoseconds: Double
    /// A person who is not.
    let strangerNanoseconds: Double
    /// A person who is in the table, where the next look-up waits for this one's answer.
    let chainedNanoseconds: Double
    /// Bytes of memory a person.
    let bytesPerPerson: Double

    private static let people = 10_000_000
    /// More than any cache holds, so that none is asked for again soon.
    private static let asked = 1 << 20

    /// Measures in a table that was made for its people.
    init() {
        let table = ConsentTable(people: Self.people, unnamed: .optedOut)
        var random = LoadRandom(seed: 1)
        var named: [Bytes16] = []
        for number in 0..<Self.people {
            let person = Bytes16(littleEndian: random.next(), 0)
            precondition(table.set(ConsentKey(person), to: .optedIn), "a table has room for its people")
            if number % (Self.people / Self.asked) == 0 { named.append(person) }
        }
        named.shuffle(using: &random)
        let strangers = named.map { _ in Bytes16(littleEndian: random.next(), 0) }
        let view = table.view
        namedNanoseconds = Costs.nanoseconds(each: named, rounds: 1) { view.status(of: ConsentKey($0)) == .optedIn }
        strangerNanoseconds = Costs.nanoseconds(each: strangers, rounds: 1) {
            view.status(of: ConsentKey($0)) == .optedIn
        }
        chainedNanoseconds = Self.chainedNanoseconds(view, named)
        bytesPerPerson = Double(table.byteCount) / Double(table.count)
    }

    /// What one look-up costs when whom the next one is about follows from its answer, so that the processor can't wait
    /// for several at once: the time that memory takes, which a worker spends on the request's other work.
    private static func chainedNanoseconds(_ view: ConsentView, _ people: [Bytes16]) -> Double {
        var last: UInt8 = 0
        return Costs.nanoseconds(each: Array(people.indices), rounds: 1) { index in
            let person = people[index + Int(last >> 1)]
            last = view.status(of: ConsentKey(person))?.rawValue ?? 0
            return last == 1
        }
    }

    var description: String {
        let bytes = "\(Int(bytesPerPerson)).\(Int(bytesPerPerson * 10) % 10)"
        return """
            a person's consent, of \(Self.people) in the list: \(Int(namedNanoseconds.rounded(.up))) ns
            a stranger's, beside \(Self.people) in the list: \(Int(strangerNanoseconds.rounded(.up))) ns
            a person's, where the next one waits for it: \(Int(chainedNanoseconds.rounded(.up))) ns
            memory for each of them: \(bytes) bytes

            """
    }
}
