/// A set of tracking fields in 32 bits: which are present, which were repeated, which were cut.
package struct TrackingFieldSet: OptionSet, Hashable, Sendable {
    /// Bit n stands for the field whose raw value is n.
    package var rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The set of one field.
    package init(_ field: TrackingField) {
        self.rawValue = 1 << UInt32(field.rawValue)
    }

    /// True when `field` is in the set.
    @inline(__always)
    package func contains(_ field: TrackingField) -> Bool {
        rawValue & (1 << UInt32(field.rawValue)) != 0
    }

    /// Puts `field` into the set.
    @inline(__always)
    package mutating func insert(_ field: TrackingField) {
        rawValue |= 1 << UInt32(field.rawValue)
    }
}
