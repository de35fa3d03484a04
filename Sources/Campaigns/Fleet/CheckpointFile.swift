import Bytes
import Journal
package import LinuxSystem

/// A file of the data folder that says how far something has come: lines of words, and behind them the CRC-32C of
/// everything before. It is replaced durably, and is whole or none.
package protocol CheckpointFile: Equatable, Sendable {
    /// The first line: what it is, and the form's version.
    static var head: String { get }
    /// The lines behind it.
    var lines: [String] { get }
    /// Reads what `lines` gives; nil for anything else.
    init?(lines: some Sequence<Substring>)
}

/// Why a checkpoint can't be read.
package struct UnreadableCheckpoint: Error, Equatable {
    /// In words.
    package let reason: String
}

extension CheckpointFile {
    private static var bytesMax: Int { 64 << 20 }

    /// Reads a file; nil where there is none.
    ///
    /// - Throws: for a file that is damaged or of a newer version.
    package static func readIfThere(_ path: String) throws(UnreadableCheckpoint) -> Self? {
        let contents: [UInt8]
        do throws(SystemError) {
            contents = try Files.readAll(path, limitBytes: bytesMax)
        } catch {
            if error.isNotFound { return nil }
            throw UnreadableCheckpoint(reason: error.reason)
        }
        guard let checkpoint = Self(text: contents) else { throw UnreadableCheckpoint(reason: "it is damaged") }
        return checkpoint
    }

    /// Replaces the file durably.
    package func write(_ path: String) throws(SystemError) {
        let text = text
        try Files.replaceDurably(path, contents: text.span, permissions: 0o600)
    }

    /// The file's contents.
    var text: [UInt8] {
        var bytes = Array((([Self.head] + lines).joined(separator: "\n") + "\n").utf8)
        bytes += Array("checksum \(CRC32C.checksum(bytes.span))\n".utf8)
        return bytes
    }

    /// Reads what `text` gives; nil for anything else.
    init?(text: [UInt8]) {
        guard let end = text.dropLast().lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        let checksum = CRC32C.checksum(text.span.extracting(0..<(end + 1)))
        guard text[(end + 1)...].elementsEqual("checksum \(checksum)\n".utf8) else { return nil }
        let lines = String(decoding: text[..<end], as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.head else { return nil }
        self.init(lines: lines.dropFirst())
    }
}

extension ShardIdentity {
    /// The shard as three words of a checkpoint.
    var checkpointWords: String { "\(node) \(epoch) \(shard)" }

    /// Reads the three numbers that a line begins with; nil where they are none.
    init?(checkpointNumbers numbers: [UInt64]) {
        guard numbers.count >= 3, let shard = UInt16(exactly: numbers[2]) else { return nil }
        self.init(node: numbers[0], epoch: numbers[1], shard: shard)
    }
}
