package import Bytes

/// The head of a list file: how many people follow, and under which key they were made.
///
/// A list file holds everybody whom a subscriber list names, as `ConsentKey`s: the head, then eight bytes for each
/// person, little-endian, ascending, nobody twice. `FORMAT.md` has the bytes. No identifier can be read from it.
package struct ConsentListHead: Equatable, Sendable {
    /// People in the list.
    package var people: UInt64
    /// What tells the section's key: people of another key are others, and a list of theirs would name nobody.
    package var keyMark: UInt64

    /// The head of a list.
    package init(people: UInt64, keyMark: UInt64) {
        self.people = people
        self.keyMark = keyMark
    }

    /// Bytes that it takes.
    package static let byteCount = 32
    /// Bytes of each person behind it.
    package static let bytesPerPerson = 8
    private static let magic: StaticString = "tremolo consent\n"

    /// Appends the head.
    package func append(to buffer: inout ByteBuffer) {
        buffer.append(Self.magic)
        buffer.appendLittleEndian(people)
        buffer.appendLittleEndian(keyMark)
    }

    /// Reads a head; nil for what is none.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= Self.byteCount, bytes.hasPrefix(Self.magic) else { return nil }
        people = bytes.littleEndian(at: 16)
        keyMark = bytes.littleEndian(at: 24)
    }
}

extension ConsentKey {
    /// Appends a person to a list.
    package func append(to buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(bits)
    }

    /// Reads a person of a list at `offset`; nil for what is no key.
    package init?(in list: Span<UInt8>, at offset: Int) {
        let bits: UInt64 = list.littleEndian(at: offset)
        guard bits != 0, bits & 1 == 0 else { return nil }
        self.init(bits: bits)
    }
}
