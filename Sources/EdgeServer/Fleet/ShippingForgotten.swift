import Bytes
import LinuxSystem
import Synchronization

/// Pseudonyms of forgotten people that ClickHouse may still have, in a file until they are replaced there.
///
/// A person is a line: the token, and the pseudonyms of one section, as hexadecimal digits. The line goes when it is
/// done, so that nothing leads from a token to a person.
final class ShippingForgotten: Sendable {
    /// Somebody to be forgotten.
    struct Person: Equatable {
        /// Random: stands in the place of the pseudonyms.
        var token: Bytes16
        /// The person's pseudonyms in one section, under every event key.
        var subjects: [Bytes16]
    }

    private let path: String
    private let turn = Mutex<Void>(())

    private static let bytesMax = 64 << 20

    /// Names the file; touches nothing.
    init(path: String) {
        self.path = path
    }

    /// Notes somebody durably.
    func add(_ subjects: [Bytes16]) throws(EdgeError) {
        guard !subjects.isEmpty else { return }
        try turn.withLock { _ throws(EdgeError) in
            let token: Bytes16
            do throws(SystemError) {
                token = Bytes16(littleEndian: try SystemRandom.uint64(), try SystemRandom.uint64())
            } catch {
                throw .file(path: "random numbers of the system", error)
            }
            try write(try read() + [Person(token: token, subjects: subjects)])
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
            people.append(Person(token: words[0], subjects: Array(words.dropFirst())))
        }
        return people
    }

    private func write(_ people: [Person]) throws(EdgeError) {
        do throws(SystemError) {
            guard !people.isEmpty else { return try Files.remove(path) }
            var text = ""
            for person in people {
                text += ([person.token] + person.subjects).map(\.hex).joined(separator: " ") + "\n"
            }
            let bytes = Array(text.utf8)
            try Files.replaceDurably(path, contents: bytes.span, permissions: 0o600)
        } catch {
            throw .file(path: path, error)
        }
    }
}
