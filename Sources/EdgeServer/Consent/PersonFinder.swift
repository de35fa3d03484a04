package import Bytes
package import Engagement
package import Settings
import TrackingLinks

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

    /// Why nobody can be meant by an identifier. Nothing of it is in here.
    package enum Refusal: Equatable, Sendable {
        /// A template was not filled in: told by the rule that links are read by.
        case mergeTag
        /// A link to an address stands where an address has to.
        case mailto
        /// It is not of the section's kind, holds what no identifier does, or is too long for one.
        case otherKind

        /// The part of a sentence behind what has the identifier.
        package var explanation: String {
            switch self {
            case .mergeTag: "holds a merge tag that was not filled in"
            case .mailto: "begins with mailto:, which is a link and no address"
            case .otherKind: "names nobody of the section's kind"
            }
        }
    }

    /// Why nobody can be meant by an identifier; nil where somebody is.
    package func refusal(of identifier: Span<UInt8>) -> Refusal? {
        if MergeTag.isUnfilled(identifier) { return .mergeTag }
        if type == .email, Identifier.isMailto(identifier) { return .mailto }
        guard identifier.count <= SubjectMaker.identifierBytesMax, Identifier.isWellFormed(identifier, as: type) else {
            return .otherKind
        }
        return nil
    }

    /// The person; nil when nobody of the section's kind can be meant, for which there is a `refusal`.
    package func person(_ identifier: Span<UInt8>) -> Bytes16? {
        var buffer = Self.buffer
        return person(identifier, by: &buffer)
    }

    /// The same with a buffer that is used again.
    func person(_ identifier: Span<UInt8>, by buffer: inout ByteBuffer) -> Bytes16? {
        guard refusal(of: identifier) == nil else { return nil }
        buffer.removeAll()
        guard let range = Identifier.normalise(identifier, as: type, into: &buffer) else { return nil }
        return buffer.withSpan(of: range) { key.person(of: $0) }
    }

    /// A buffer for one identifier after the other.
    static var buffer: ByteBuffer {
        ByteBuffer(capacity: Identifier.bytesMax(normalising: SubjectMaker.identifierBytesMax))
    }
}
