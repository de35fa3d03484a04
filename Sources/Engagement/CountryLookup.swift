/// Tells in which country an address lies.
package protocol CountryLookup: Sendable {
    /// Which database gives the answers, such as `GeoLite2-Country 2026-11-24T08:00:00Z`: printable ASCII. Figures of
    /// two databases do not add up.
    var version: String { get }

    /// The country of every address that an event's cut address may stand for; nil where they lie in several or it is
    /// not known.
    func country(of cut: AddressCut) -> CountryCode?
}

/// A country by its ISO 3166-1 alpha-2 code.
package struct CountryCode: Equatable, Sendable {
    /// The two letters, `A` to `Z`.
    package let letters: (UInt8, UInt8)

    /// Two letters; nil for any other bytes.
    package init?(_ text: Span<UInt8>) {
        guard text.count == 2, Self.isLetter(text[0]), Self.isLetter(text[1]) else { return nil }
        letters = (text[0], text[1])
    }

    /// The code as text.
    package var text: String { String(decoding: [letters.0, letters.1], as: UTF8.self) }

    package static func == (left: CountryCode, right: CountryCode) -> Bool { left.letters == right.letters }

    private static func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
}
