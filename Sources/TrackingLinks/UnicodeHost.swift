package import Bytes

/// Hosts outside ASCII: the part of UTS #46 that a redirector can be sure of.
///
/// **Problem.** A browser maps a host outside ASCII before it looks it up (UTS #46, non-transitional): it lower-cases,
/// composes, and replaces thousands of look-alikes by others. Whoever maps in another way than the browser sends people
/// to another host than the one that was judged.
///
/// **Shape.** A character is taken where all that UTS #46 does to it is nothing or lower-casing, and where it can't
/// compose with a neighbour, so that the text is in NFC as it stands: letters and digits that NFKC case folding leaves
/// alone, `ß` and `ς`, and capital letters whose small ones are of these. Against the mapping table of UTS #46 (Unicode
/// 18) that holds for each of the 143,609 and 1,262 characters. Any other character makes the host one that a browser
/// would map further. Such a host is only ever compared, whole, with the listed names (`HostList`).
package enum UnicodeHost {
    /// Appends the host as a browser looks it up, in ASCII, each label outside it in Punycode.
    ///
    /// - Parameter host: UTF-8 of at most 253 bytes.
    /// - Returns: false when the host holds a character that is not taken, or a label grows past 63 bytes; what was
    ///   appended is then of no use.
    static func appendASCII(of host: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        var label = InlineArray<64, UInt32>(repeating: 0)
        var count = 0
        var isASCII = true
        var offset = 0
        while offset < host.count {
            guard let (scalar, length) = host.unicodeScalar(at: offset) else { return false }
            offset += length
            if scalar == "." {
                guard appendLabel(label.span.extracting(first: count), isASCII, into: &buffer) else { return false }
                buffer.append(UInt8(ascii: "."))
                (count, isASCII) = (0, true)
                continue
            }
            guard let mapped = certainly(mapped: scalar), count < label.count else { return false }
            label[count] = mapped.value
            count += 1
            isASCII = isASCII && mapped.isASCII
        }
        return appendLabel(label.span.extracting(first: count), isASCII, into: &buffer)
    }

    /// The host lower-cased as a browser does, or nil when it would map it further than that. Composing is left:
    /// compare the text with `==`, which compares by canonical equivalence. Not for the hot path.
    static func lowercased(_ host: Span<UInt8>) -> String? {
        var text = ""
        var offset = 0
        while offset < host.count {
            guard let (scalar, length) = host.unicodeScalar(at: offset) else { return nil }
            offset += length
            if scalar.isASCII {
                text.unicodeScalars.append(scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar)
            } else if stays(scalar) {
                text.unicodeScalars.append(scalar)
            } else if let small = small(scalar) {
                text += small
            } else {
                return nil
            }
        }
        return text
    }

    /// The most bytes that `appendUnicodeForm` appends for a host that was read.
    package static let bytesMax = 1_280

    /// Appends a host that was read with its labels out of Punycode and out of escapes, as UTF-8.
    ///
    /// - Parameter buffer: has room for `bytesMax` bytes.
    /// - Returns: false when it has no other form than its own: it is plain, or one of its labels is no Punycode. What
    ///   was appended is then of no use.
    package static func appendUnicodeForm(of host: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        var hasOtherForm = false
        var start = 0
        while start <= host.count {
            let end = host.firstOffset(of: UInt8(ascii: "."), from: start) ?? host.count
            let label = host.extracting(start..<end)
            if start > 0 { buffer.append(UInt8(ascii: ".")) }
            if label.hasPrefix("xn--") {
                guard label.count > 4, let decoded = Punycode.decode(label.extracting(4..<label.count)) else {
                    return false
                }
                for place in 0..<decoded.count { buffer.append(decoded[place]) }
                hasOtherForm = true
            } else if PercentCoding.decode(label, into: &buffer).hadEscapes {
                hasOtherForm = true
            }
            start = end + 1
        }
        return hasOtherForm
    }

    /// True when every label of a name that begins with `xn--` is the Punycode of characters that stay as they are,
    /// one of them outside ASCII at least. A browser refuses any other.
    static func isPunycode(_ name: Span<UInt8>) -> Bool {
        var start = 0
        while start <= name.count {
            let end = name.firstOffset(of: UInt8(ascii: "."), from: start) ?? name.count
            let text = name.extracting(start..<end)
            if text.hasPrefix("xn--") {
                guard let label = Punycode.decode(text.extracting(4..<text.count)), staysAll(label) else {
                    return false
                }
            }
            start = end + 1
        }
        return true
    }

    private static func staysAll(_ label: Punycode.Label) -> Bool {
        var isASCII = true
        for place in 0..<label.count {
            let scalar = label[place]
            // Joiners stay where the letters beside them ask for them (RFC 5892, appendix A).
            let isJoiner = scalar == "\u{200C}" || scalar == "\u{200D}"
            guard scalar.isASCII || stays(scalar) || isJoiner else { return false }
            isASCII = isASCII && scalar.isASCII
        }
        return !isASCII
    }

    private static func appendLabel(_ label: Span<UInt32>, _ isASCII: Bool, into buffer: inout ByteBuffer) -> Bool {
        let start = buffer.count
        if isASCII {
            for index in label.indices { buffer.append(UInt8(truncatingIfNeeded: label[index])) }
        } else {
            buffer.append("xn--")
            guard buffer.freeCapacity >= label.count * 8, Punycode.encode(label, into: &buffer) else { return false }
        }
        return buffer.count - start <= 63
    }

    /// What a browser makes of the character, where that is certain and the outcome is one character in NFC.
    private static func certainly(mapped scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if scalar.isASCII { return Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value).asciiLowercased) }
        if isCertain(scalar) { return scalar }
        guard let small = small(scalar)?.unicodeScalars, small.count == 1, let only = small.first else { return nil }
        return only.isASCII || isCertain(only) ? only : nil
    }

    /// True for a letter or digit that stays, and that neither composes nor decomposes.
    private static func isCertain(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: break
        default: return false
        }
        return stays(scalar) && !properties.isFullCompositionExclusion && !composes(scalar)
    }

    /// Letters that compose with the one before them: vowels and final consonants of Hangul, vowels of Kirat Rai.
    private static func composes(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1161...0x1175, 0x11A8...0x11C2, 0x1_6D63...0x1_6D6A: true
        default: false
        }
    }

    private static func stays(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if scalar == "ß" || scalar == "ς" { return true }
        switch properties.generalCategory {
        case .unassigned, .privateUse, .surrogate, .control, .format: return false
        default: break
        }
        // The ideographic full stop separates labels, though case folding leaves it alone.
        return !properties.changesWhenNFKCCaseFolded && !properties.isDefaultIgnorableCodePoint && scalar != "\u{3002}"
    }

    /// The small letter of a capital one, where UTS #46 maps it to that.
    private static func small(_ scalar: Unicode.Scalar) -> String? {
        guard scalar.properties.generalCategory == .uppercaseLetter, !stays(scalar) else { return nil }
        let mapping = scalar.properties.lowercaseMapping
        for small in mapping.unicodeScalars where small == "ß" || !(small.isASCII || stays(small)) { return nil }
        return mapping
    }
}
