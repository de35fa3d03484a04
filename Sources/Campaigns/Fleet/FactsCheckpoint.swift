import Bytes
package import Journal
package import LinuxSystem

/// How far a node has told the fleet of its facts, and has done what others told it, as its data folder keeps it:
/// replaced durably behind each step. One that is lost or damaged costs doing all again, which changes nothing.
package struct FactsCheckpoint: Equatable, Sendable {
    /// How far one of this node's shards has travelled.
    package struct Pushed: Equatable, Sendable {
        /// The sequence behind the last record that is there.
        package var next: UInt64
        /// Records that are there.
        package var count: UInt64

        /// Nothing has travelled.
        package init(next: UInt64 = 0, count: UInt64 = 0) {
            self.next = next
            self.count = count
        }
    }

    /// How far this node's own shards have travelled.
    package var pushed: [ShardIdentity: Pushed] = [:]
    /// For each shard of another node the sequence below which every forgetting was carried out here.
    package var forgotten: [ShardIdentity: UInt64] = [:]

    /// A node that has told nothing and done nothing.
    package init() {}

    // MARK: The file

    private static let head = "tremolo facts 1"

    /// Why a checkpoint can't be read.
    package struct Unreadable: Error, Equatable {
        /// In words.
        package let reason: String
    }

    /// Reads a checkpoint; an empty one where there is none.
    ///
    /// - Throws: `Unreadable` for a file that is damaged or of a newer version.
    package static func read(_ path: String) throws(Unreadable) -> FactsCheckpoint {
        let contents: [UInt8]
        do throws(SystemError) {
            contents = try Files.readAll(path, limitBytes: 64 << 20)
        } catch {
            if error.isNotFound { return FactsCheckpoint() }
            throw Unreadable(reason: error.reason)
        }
        guard let checkpoint = FactsCheckpoint(text: contents) else { throw Unreadable(reason: "it is damaged") }
        return checkpoint
    }

    /// Replaces the file durably.
    package func write(_ path: String) throws(SystemError) {
        let text = text
        try Files.replaceDurably(path, contents: text.span, permissions: 0o600)
    }

    /// Lines of words, and behind them the CRC-32C of everything before.
    var text: [UInt8] {
        var lines = [Self.head]
        for (shard, done) in pushed.sorted(by: { $0.key < $1.key }) {
            lines.append("pushed \(Self.words(shard)) \(done.next) \(done.count)")
        }
        for (shard, next) in forgotten.sorted(by: { $0.key < $1.key }) {
            lines.append("forgotten \(Self.words(shard)) \(next)")
        }
        var bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        bytes += Array("checksum \(CRC32C.checksum(bytes.span))\n".utf8)
        return bytes
    }

    private static func words(_ shard: ShardIdentity) -> String { "\(shard.node) \(shard.epoch) \(shard.shard)" }

    /// Reads what `text` gives; nil for anything else.
    init?(text: [UInt8]) {
        guard let end = text.dropLast().lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        let checksum = CRC32C.checksum(text.span.extracting(0..<(end + 1)))
        guard text[(end + 1)...].elementsEqual("checksum \(checksum)\n".utf8) else { return nil }
        let lines = String(decoding: text[..<end], as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.head else { return nil }
        for line in lines.dropFirst() {
            guard take(line.split(separator: " ")) else { return nil }
        }
    }

    private mutating func take(_ words: [Substring]) -> Bool {
        let numbers = words.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == words.count - 1, numbers.count >= 4, let number = UInt16(exactly: numbers[2]) else {
            return false
        }
        let shard = ShardIdentity(node: numbers[0], epoch: numbers[1], shard: number)
        switch (words[0], numbers.count) {
        case ("pushed", 5): pushed[shard] = Pushed(next: numbers[3], count: numbers[4])
        case ("forgotten", 4): forgotten[shard] = numbers[3]
        default: return false
        }
        return true
    }
}
