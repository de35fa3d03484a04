import Bytes
import Engagement
import LinuxSystem
import Synchronization

/// Pseudonyms of forgotten people that ClickHouse may still have, in a file until they are replaced there.
///
/// A person is a line: each pseudonym of one section, and behind it the token that stands in its place in the journal,
/// as hexadecimal digits. The line goes when it is done, so that nothing leads from a token to a person.
final class ShippingForgotten: Sendable {
    /// Somebody to be forgotten.
    struct Person: Equatable {
        /// The person's pseudonyms in one section, under every event key.
        var subjects: [Bytes16]
        /// What stands in the place of each.
        var tokens: [Bytes16]

        /// Each pseudonym with its token.
        var pairs: [(subject: Bytes16, token: Bytes16)] { zip(subjects, tokens).map { ($0, $1) } }
    }

    private let path: String
    private let turn = Mutex<Void>(())

    private static let bytesMax = 64 << 20

    /// Names the file; touches nothing.
    init(path: String) {
        self.path = path
    }

    /// Notes somebody durably.
    func add(_ plan: ForgettingPlan) throws(EdgeError) {
        try add(Person(subjects: plan.tokens.map(\.subject.pseudonym), tokens: plan.tokens.map(\.token)))
    }

    /// Notes somebody durably, once.
    func add(_ person: Person) throws(EdgeError) {
        guard !person.subjects.isEmpty else { return }
        try turn.withLock { _ throws(EdgeError) in
            let people = try read()
            if !people.contains(person) { try write(people + [person]) }
        }
    }

    /// Everybody who is noted.
    func people() throws(EdgeError) -> [Person] { try turn.withLock { _ throws(EdgeError) in try read() } }

    /// Takes people out who are forgotten.
    func remove(_ people: [Person]) throws(EdgeError) {
        try turn.withLock { _ throws(EdgeError) in try write(try read().filter { !people.contains($0) }) }
    }

    private func read() throws(EdgeError) -> [Person] {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: Self.bytesMax)
        } catch {
            if error.isNotFound { return [] }
            throw .file(path: path, error)
        }
        var people: [Person] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            var words: [Bytes16] = []
            for word in line.split(separator: UInt8(ascii: " ")) {
                guard let bytes = Bytes16(hexadecimal: Array(word).span) else {
                    throw .damagedForgotten(path: path)
                }
                words.append(bytes)
            }
            guard words.count % 2 == 0 else { throw .damagedForgotten(path: path) }
            let places = words.indices
            people.append(
                Person(
                    subjects: places.filter { $0 % 2 == 0 }.map { words[$0] },
                    tokens: places.filter { $0 % 2 == 1 }.map { words[$0] }))
        }
        return people
    }

    private func write(_ people: [Person]) throws(EdgeError) {
        do throws(SystemError) {
            guard !people.isEmpty else { return try Files.remove(path) }
            var text = ""
            for person in people {
                text += person.pairs.map { "\($0.subject.hex) \($0.token.hex)" }.joined(separator: " ") + "\n"
            }
            let bytes = Array(text.utf8)
            try Files.replaceDurably(path, contents: bytes.span, permissions: 0o600)
        } catch {
            throw .file(path: path, error)
        }
    }
}
