/// A number of bytes, as settings write it: `"64 MiB"`, `"1 GiB"`, `"512 B"`.
///
/// A size is always written with its unit, because a bare number leaves open which unit was meant. Units are binary
/// (`B`, `KiB`, `MiB`, `GiB`, `TiB`), in any case, with or without a space in front; a number may have decimals
/// (`"1.5 GiB"`), as long as the result is a whole number of bytes.
package struct ByteSize: Hashable, Comparable, Sendable {
    /// The size in bytes.
    package let bytes: UInt64

    /// Makes a size of so many bytes.
    package init(bytes: UInt64) {
        self.bytes = bytes
    }

    /// So many times 1,048,576 bytes.
    package static func mebibytes(_ count: UInt64) -> ByteSize { ByteSize(bytes: count << 20) }

    /// So many times 1,073,741,824 bytes.
    package static func gibibytes(_ count: UInt64) -> ByteSize { ByteSize(bytes: count << 30) }

    /// True when the first size is the smaller one.
    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

    /// Reads a size with its unit.
    ///
    /// - Throws: `.missingUnit` for a bare number, `.unknownUnit` for a unit that is not one of those above,
    /// `.malformed`
    ///   for what is no number, `.tooLarge` past 2^64 - 1 bytes, `.notWhole` for a part of a byte.
    package init(_ text: String) throws(QuantityError) {
        bytes = try Quantity.read(text, units: Self.units, form: .size)
    }

    private static let units: [QuantityUnit] = [
        QuantityUnit(name: "B", factor: 1), QuantityUnit(name: "KiB", factor: 1 << 10),
        QuantityUnit(name: "MiB", factor: 1 << 20), QuantityUnit(name: "GiB", factor: 1 << 30),
        QuantityUnit(name: "TiB", factor: 1 << 40),
    ]
}

extension ByteSize: CustomStringConvertible {
    /// The size in the largest unit that gives a whole number, such as `64 MiB`. Reading it gives the same size.
    package var description: String { Quantity.describe(bytes, units: Self.units) }
}
