package import Bytes
package import Engagement
package import Settings

/// Makes the person of an identifier that somebody outside gave: for commands and the consent API, which refuse what
/// nobody can be meant by.
package struct PersonFinder: Sendable {
    private let type: IdentifierType
    private let key: SectionPersonKey

    /// Reads the keys of a configuration.
    package init(_ configuration: Configuration, section: SectionSettings) throws(EdgeError) {
        self.init(
            type: section.identifier.engagementType,
            key: try KeyFolder.read(configuration.keyFolder).personKey(section: Array(section.id.utf8).span))
    }

    /// With the key of a section at hand.
    init(type: IdentifierType, key: SectionPersonKey) {
        self.type = type
        self.key = key
    }

    /// The person, with the section's key; nil when nobody of the section's kind can be meant.
    package func person(_ identifier: Span<UInt8>) -> (person: Bytes16, key: SectionPersonKey)? {
        guard identifier.count <= SubjectMaker.identifierBytesMax, Identifier.isWellFormed(identifier, as: type) else {
            return nil
        }
        var normalised = ByteBuffer(capacity: Identifier.bytesMax(normalising: identifier.count))
        guard let range = Identifier.normalise(identifier, as: type, into: &normalised) else { return nil }
        return (normalised.withSpan(of: range) { key.person(of: $0) }, key)
    }
}
