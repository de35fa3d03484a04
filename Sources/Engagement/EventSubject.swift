package import Bytes

/// The person behind an event, as far as the event tells: a pseudonym under a key that may rotate.
///
/// Two events of one section are of one person exactly when their subjects are equal and under one key.
package struct EventSubject: Hashable, Sendable {
    /// The event key that made the pseudonym, 1 to 255; 0 for the random token of a forgotten person.
    package let keyID: UInt8
    /// SipHash-2-4-128 of the person under that key, or the token.
    package let pseudonym: Bytes16

    /// A pseudonym under the key `keyID`.
    package init(keyID: UInt8, pseudonym: Bytes16) {
        self.keyID = keyID
        self.pseudonym = pseudonym
    }

    /// Reads the part *subject*: 17 bytes that the caller has checked.
    init(_ payload: Span<UInt8>, at offset: Int) {
        keyID = payload[offset]
        pseudonym = Bytes16(in: payload, at: offset + 1)
    }

    /// The first half of the pseudonym: what unique people are counted by.
    package var hash64: UInt64 { pseudonym.littleEndianWords.0 }

    /// Appends the part *subject* of an event.
    func append(to buffer: inout ByteBuffer) {
        buffer.append(keyID)
        pseudonym.withSpan { buffer.append($0) }
    }
}
