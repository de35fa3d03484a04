import Bytes
import Engagement
import LoadEngine

/// What looking up a person's consent costs among ten million, in nanoseconds of processor time.
struct ConsentCosts: CustomStringConvertible {
    /// A person who is in the table.
    let namedNanoseconds: Double
    /// A person who is not.
    let strangerNanoseconds: Double
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
        namedNanoseconds = Self.nanoseconds(view, named)
        strangerNanoseconds = Self.nanoseconds(view, strangers)
        bytesPerPerson = Double(table.byteCount) / Double(table.count)
    }

    /// What one look-up costs behind the other: whom the next one is about follows from this one's answer, or the
    /// processor would wait for several at once, which a worker that answers one request never does.
    private static func nanoseconds(_ view: ConsentView, _ people: [Bytes16]) -> Double {
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
            memory for each of them: \(bytes) bytes

            """
    }
}
