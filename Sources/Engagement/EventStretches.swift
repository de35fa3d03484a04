package import Bytes

/// Where those fields of an event lie that stand together and repeat from event to event, heads included: two events
/// whose bytes are equal in a stretch have the same values there.
///
/// Whoever reads many events remembers what a stretch came to by its bytes. Ranges are worked out together:
/// asking the event for one field after the other would copy its table each time.
package struct EventStretches: Sendable {
    /// `sec` to `expVer`.
    package let campaign: ByteRange
    /// `mech` to `va`. The visit's id, which is another one in each event, stands between this and `campaign`.
    package let variation: ByteRange
    /// `label`, `target` and `link`.
    package let target: ByteRange
    /// The headers that rules look at, as `RequestEvidence` takes them: with `evidenceBits` they decide the verdict.
    package let evidence: ByteRange
    /// What `RequestEvidence` takes from the event's head and its label; nil where a verdict was frozen, which decides
    /// then.
    package let evidenceBits: UInt64?
    /// True when there is a field that stands in place of dropped evidence or a dropped address.
    package let hasFrozenFields: Bool

    init(_ fields: borrowing FieldTable, evidenceBits: UInt64?) {
        campaign = fields.rangeOfFields(from: .sec, through: .expVer)
        variation = fields.rangeOfFields(from: .mech, through: .va)
        target = fields.rangeOfFields(from: .label, through: .link)
        evidence = fields.rangeOfFields(from: .userAgent, through: .xPurpose)
        hasFrozenFields = !fields.rangeOfFields(from: .frozenReason, through: .frozenCountry).isEmpty
        self.evidenceBits = evidenceBits
    }
}
