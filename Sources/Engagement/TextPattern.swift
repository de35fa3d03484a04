internal import Bytes

/// How a rule compares a user agent.
struct TextPattern: Equatable, Hashable, Sendable {
    /// What the user agent has to be or to hold.
    enum Test: Equatable, Hashable, Sendable {
        /// Byte for byte the same.
        case exact(String)
        /// It begins so, ASCII letters compared without regard to case.
        case prefix(String)
        /// It holds each of these somewhere, case regarded.
        case contains([String])
        /// It holds one of these words.
        case words([WordPattern])
        /// Whatever it is.
        case any
    }

    let test: Test
    /// Words of which none may stand in it.
    var unless: [WordPattern] = []
}

/// A word of a user agent, in any case.
///
/// A word that begins or ends with a letter ends where the letters end, one with a digit where the digits end:
/// `bot` is no part of `Caboto`, and `008/` none of `1008/`. A byte that is not ASCII counts as a letter.
struct WordPattern: Equatable, Hashable, Sendable {
    /// The word in small letters, without the stars.
    let bytes: [UInt8]
    /// True with a star at the beginning: the word may have begun before.
    let isOpenBefore: Bool
    /// True with a star at the end: the word may go on.
    let isOpenAfter: Bool

    /// A word as a rules file spells it: a `*` at its beginning or end lets it go on there. Nil when nothing is left to
    /// look for.
    init?(_ text: String) {
        var bytes = text.utf8.map(\.asciiLowercased)[...]
        let star = UInt8(ascii: "*")
        isOpenBefore = bytes.first == star
        if isOpenBefore { bytes.removeFirst() }
        isOpenAfter = bytes.last == star
        if isOpenAfter { bytes.removeLast() }
        guard !bytes.isEmpty else { return nil }
        self.bytes = Array(bytes)
    }
}
