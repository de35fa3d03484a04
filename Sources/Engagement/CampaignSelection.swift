internal import Bytes

/// A part of a section's mail: all of it, an experience, a version, a variation. What is nil was not told apart.
package struct CampaignSelection: Hashable, Sendable {
    /// The section.
    package var sec: String
    /// The experience.
    package var expId: String?
    /// The experience's version.
    package var expVer: String?
    /// The variations, as links carry them.
    package var va: String?

    /// A part of the section `sec`.
    package init(sec: String, expId: String? = nil, expVer: String? = nil, va: String? = nil) {
        self.sec = sec
        self.expId = expId
        self.expVer = expVer
        self.va = va
    }

    /// The most bytes that the fields take.
    static let bytesMax = 4 * (3 + 256)

    init(_ fields: FieldTable, in payload: Span<UInt8>) throws(EngagementError) {
        guard let sec = fields.range(of: .sec) else { throw .missingField(.sec) }
        self.sec = payload.extracting(sec.offsets).toString()
        expId = fields.range(of: .expId).map { payload.extracting($0.offsets).toString() }
        expVer = fields.range(of: .expVer).map { payload.extracting($0.offsets).toString() }
        va = fields.range(of: .va).map { payload.extracting($0.offsets).toString() }
    }

    func append(to buffer: inout ByteBuffer) {
        FieldList.append(.sec, sec, to: &buffer)
        if let expId { FieldList.append(.expId, expId, to: &buffer) }
        if let expVer { FieldList.append(.expVer, expVer, to: &buffer) }
        if let va { FieldList.append(.va, va, to: &buffer) }
    }
}

extension FieldList {
    /// Appends a field of an admin record.
    static func append(_ field: EventField, _ text: String, to buffer: inout ByteBuffer) {
        let bytes = Array(text.utf8)
        append(tag: field.rawValue, bytes.span, limitBytes: field.limitBytes, isCut: false, into: &buffer)
    }
}
