import Bytes

/// The pages that a recipient may see in place of a redirect, in the languages that there are, and the choice between
/// them.
package struct RecipientPages: Sendable {
    /// The pages that ask, the default first.
    private let ask: [PageTemplate]
    /// The pages that say that a link leads nowhere, the default first.
    private let refused: [PageTemplate]
    /// The pages with the button that unsubscribes, the default first.
    private let unsubscribe: [PageTemplate]
    /// The pages for whoever has unsubscribed, the default first.
    private let unsubscribed: [PageTemplate]

    /// The built-in pages, in English.
    package static let builtIn = RecipientPages { _ in [] }

    /// Pages in several languages.
    ///
    /// - Parameter pages: those for a purpose; the first is for whoever asks for none of the others. The built-in one
    ///   where there is none.
    package init<Failure>(
        _ pages: (PageTemplate.Purpose) throws(Failure) -> [PageTemplate]
    ) throws(Failure) {
        func orBuiltIn(_ purpose: PageTemplate.Purpose) throws(Failure) -> [PageTemplate] {
            let own = try pages(purpose)
            return own.isEmpty ? [RecipientPage.builtIn(purpose)] : own
        }
        ask = try orBuiltIn(.ask)
        refused = try orBuiltIn(.refused)
        unsubscribe = try orBuiltIn(.unsubscribe)
        unsubscribed = try orBuiltIn(.unsubscribed)
    }

    /// The page for a purpose in the language that a request prefers.
    ///
    /// - Parameter languages: the value of `Accept-Language`, empty without one.
    package func page(_ purpose: PageTemplate.Purpose, languages: Span<UInt8>) -> PageTemplate {
        switch purpose {
        case .ask: ask[Self.choose(among: ask, languages)]
        case .refused: refused[Self.choose(among: refused, languages)]
        case .unsubscribe: unsubscribe[Self.choose(among: unsubscribe, languages)]
        case .unsubscribed: unsubscribed[Self.choose(among: unsubscribed, languages)]
        }
    }

    /// The place of the page whose language is preferred most (RFC 9110, 12.5.4, by the lookup of RFC 4647, 3.4); 0
    /// where none is asked for. No allocation.
    private static func choose(among pages: [PageTemplate], _ languages: Span<UInt8>) -> Int {
        guard pages.count > 1 else { return 0 }
        var best = 0
        var bestWeight = 0
        var start = 0
        var rangesLeft = rangesMax
        while start < languages.count, rangesLeft > 0 {
            let end = languages.firstOffset(of: UInt8(ascii: ","), from: start) ?? languages.count
            let (tag, weight) = LanguageRange.parse(languages.extracting(start..<end))
            if weight > bestWeight, let place = place(of: languages.extracting(start..<end).extracting(tag), in: pages)
            {
                (best, bestWeight) = (place, weight)
            }
            rangesLeft -= 1
            start = end + 1
        }
        return best
    }

    /// The page of a language, or of the one that it is a variety of: `de-AT` is served by `de`.
    private static func place(of tag: Span<UInt8>, in pages: [PageTemplate]) -> Int? {
        var end = tag.count
        while end > 0 {
            for place in pages.indices {
                let language = pages[place].language
                if language.count == end, LanguageRange.isSame(tag, as: language.span) { return place }
            }
            end -= 1
            while end > 0, tag[end] != UInt8(ascii: "-") { end -= 1 }
        }
        return nil
    }

    /// Language ranges of one header that are looked at.
    private static let rangesMax = 32
}

/// One entry of `Accept-Language`.
enum LanguageRange {
    /// Where the tag stands, and its weight in thousandths: 1000 without one, 0 where it can't be read.
    static func parse(_ entry: Span<UInt8>) -> (tag: Range<Int>, weight: Int) {
        var start = 0
        while start < entry.count, isBlank(entry[start]) { start += 1 }
        var end = start
        while end < entry.count, entry[end] != UInt8(ascii: ";"), !isBlank(entry[end]) { end += 1 }
        guard let sign = entry.firstOffset(of: UInt8(ascii: "="), from: end) else { return (start..<end, 1_000) }
        return (start..<end, thousandths(entry.extracting(sign + 1..<entry.count)))
    }

    /// True when the beginning of `tag` is that language, whatever the case of its letters.
    static func isSame(_ tag: Span<UInt8>, as language: Span<UInt8>) -> Bool {
        for offset in language.indices where tag[offset].asciiLowercased != language[offset] { return false }
        return true
    }

    /// `0.8` as 800.
    private static func thousandths(_ text: Span<UInt8>) -> Int {
        var value = 0
        var unit = 1_000
        var isBehindPoint = false
        for offset in text.indices {
            let byte = text[offset]
            if byte == UInt8(ascii: "."), !isBehindPoint {
                isBehindPoint = true
                continue
            }
            guard byte.isASCIIDigit else { break }
            if isBehindPoint { unit /= 10 }
            value += Int(byte - UInt8(ascii: "0")) * unit
            if unit == 1 { break }
        }
        return min(value, 1_000)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
