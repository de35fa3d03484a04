import Bytes
package import TrackingLinks

/// Signs the links that are made. A target that stands as text is signed with its link, so that it needs no host list;
/// where code prints a part of it, the signature covers the campaign alone.
package final class LinkStamp {
    private var signer: LinkSigner
    private let base: TrackingBase

    /// The fields that a signature covers are those that don't differ from recipient to recipient.
    static let uncovered: Set<TrackingField> = [.cuid, .cuidType, .tlink]

    /// Signs with the newest key for the links' section.
    ///
    /// - Throws: why none of the links with these fields can be signed: code in a field that is covered, for one.
    package init(
        keys: SigningKeyTable, base: TrackingBase, fields: CampaignFields, profile: SenderProfile
    ) throws(SigningRefusal) {
        signer = LinkSigner(keys: keys)
        self.base = base
        var link = LinkBuilder(base: base.text, resource: .click)
        for field in CampaignFields.order where !Self.uncovered.contains(field) {
            guard let value = fields.values[field] else { continue }
            if profile.holdsCode(value) { throw .unfilledField(field) }
            link.append(field, value)
        }
        _ = try signer.sign(Array(link.text.utf8).span, scope: .link)
    }

    /// The signature of a link, with its scope; nil where the link is longer than what is read of one.
    ///
    /// - Parameters:
    ///   - query: the covered fields, encoded, without a question mark in front.
    ///   - target: the target, percent-encoded; nil where it is not known.
    func token(query: [UInt8], target: [UInt8]?) -> (token: [UInt8], scope: SignatureScope)? {
        let link = Array("\(base.text)\(TrackingResource.click.path)?".utf8) + query
        if let target {
            let whole = link + Array("&\(TrackingField.targetUrl.name)=".utf8) + target
            if let token = token(of: whole, .target) { return (token, .target) }
        }
        return token(of: link, .link).map { ($0, .link) }
    }

    private func token(of link: [UInt8], _ scope: SignatureScope) -> [UInt8]? {
        guard let signed = try? signer.sign(link.span, scope: scope) else { return nil }
        let fields = signed.drop { $0 != UInt8(ascii: "?") }.dropFirst().split(separator: UInt8(ascii: "&"))
        let name = Array("\(TrackingField.tsig.name)=".utf8)
        return fields.first { $0.starts(with: name) }.map { Array($0.dropFirst(name.count)) }
    }
}
