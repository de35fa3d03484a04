import Bytes

/// The configured sections by their ids, and the policy that stands in for every other.
///
/// Looking a section up costs O(length of the id) and allocates nothing. Ids are compared byte for byte.
///
/// Policies are objects with reference counts: threads that share a table contend for them. Whoever serves requests on
/// several threads makes one table for each. The table is an object too, so that handing it over costs one reference.
package final class SectionTable: Sendable {
    /// The longest id that a section has.
    package static let idBytesMax = 64

    private let table: ByteStringTable
    private let policies: [SectionPolicy]
    private let unknown: SectionPolicy
    /// The keys that signatures of links are judged with.
    package let signingKeys: SigningKeyTable

    /// Makes a table. Sections are numbered from 0 in the order given; of equal ids the first counts.
    ///
    /// - Parameters:
    ///   - sections: ids of 1 to 64 letters, digits, `-` and `_`, with their policies.
    ///   - unknown: the policy for every id that is not configured; its `isKnown` is false.
    ///   - signingKeys: the keys of all sections.
    package init(
        sections: [(id: String, policy: SectionPolicy)], unknown: SectionPolicy,
        signingKeys: SigningKeyTable = SigningKeyTable()
    ) {
        precondition(!unknown.isKnown, "the policy for unknown sections says that it is")
        self.unknown = unknown
        self.signingKeys = signingKeys
        var table = ByteStringTable(foldsCase: false)
        var policies: [SectionPolicy] = []
        for section in sections {
            let id = Array(section.id.utf8)
            if table.insert(id.span) == policies.count { policies.append(section.policy) }
        }
        self.table = table
        self.policies = policies
    }

    /// How many sections are configured.
    package var count: Int { policies.count }

    /// The policy of a section number, or the one for unknown sections.
    package func policy(of number: Int?) -> SectionPolicy {
        guard let number else { return unknown }
        return policies[number]
    }

    /// The number of the section of this id, or nil for one that is not configured.
    package func number(of id: Span<UInt8>) -> Int? {
        table.number(of: id, hash: ByteStringTable.hash(id), tag: 0)
    }

    /// The number of the section that a link names, or nil where it names none that is configured.
    ///
    /// - Parameter query: the bytes that `link` was read from.
    package func number(for link: borrowing TrackingLink, of query: Span<UInt8>) -> Int? {
        guard let range = link.value(of: .sec) else { return nil }
        let raw = query.extracting(range.offsets)
        guard !link.plain.contains(.sec) else { return number(of: raw) }
        var decoded = InlineArray<64, UInt8>(repeating: 0)
        var count = 0
        var cursor = PercentCursor()
        while let byte = cursor.next(in: raw) {
            guard count < Self.idBytesMax else { return nil }
            decoded[count] = byte
            count += 1
        }
        return number(of: decoded.span.extracting(first: count))
    }
}
