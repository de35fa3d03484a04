package import Bytes

/// One field of a list that `EventWriter` takes at once: a tag, and where the value stands.
package struct PlainField: BitwiseCopyable, Sendable {
    /// The field's tag.
    let tag: UInt8
    /// Where its value stands.
    let range: ByteRange

    /// Bytes that no field's limit is below.
    static var bytesMax: Int { 256 }

    /// A field's place in a list.
    package init(_ field: EventField, _ range: ByteRange) {
        tag = field.rawValue
        self.range = range
    }
}
