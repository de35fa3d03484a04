package import Bytes
package import Engagement
package import Settings

/// Makes the person of an identifier that somebody outside gave: for commands and the consent API, which refuse what
/// nobody can be meant by.
package struct PersonFinder: Sendable {
    private let type: IdentifierType
    /// The section's key.
    package let key: SectionPersonKey

    /// Reads the keys of a configuration.
    package init(_ configuration: Configuration, section: SectionSettings) throws(EdgeError) {
        self.init(
            type: section.identifier.engagementType,
            key: try KeyFolder.read(configuration.keyFolder).personKey(section: section.id))
    }

    /// With the key of a section at hand.
    init(type: IdentifierType, key: SectionPersonKey) {
        self.type = type
        self.key = key
    }

    /// The person; nil when nobody of the section's kind can be meant.
    package func person(_ identifier: Span<UInt8>) -> Bytes16? {
        var buffer = Self.buffer
        return person(identifier, by: &buffer)
    }

    /// The same with a buffer that is used again.
    func person(_ identifier: Span<UInt8>, by buffer: inout ByteBuffer) -> Bytes16? {
        guard identifier.count <= SubjectMaker.identifierBytesMax, Identifier.isWellFormed(identifier, as: type) else {
            return nil
        }
        buffer.removeAll()
        guard let range = Identifier.normalise(identifier, as: type, into: &buffer) else { return nil }
        return buffer.withSpan(of: range) { key.person(of: $0) }
    }

    /// A buffer for one identifier after the other.
    static var buffer: ByteBuffer {
        ByteBuffer(capacity: Identifier.bytesMax(normalising: SubjectMaker.identifierBytesMax))
    }
}
