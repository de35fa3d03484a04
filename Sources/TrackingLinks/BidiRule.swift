import Bytes

/// The rule that browsers hold a name to when letters that run from right to left stand in it (RFC 5893, section 2; UTS
/// #46, "CheckBidi"): a browser goes nowhere with a name against it.
///
/// Every label begins with a letter, and holds letters of one direction alone; one that runs from left to right ends in
/// a letter or digit of its own. What stands in doubt (modifier letters) counts as no letter.
enum BidiRule {
    /// False when a browser refuses the name for its directions.
    ///
    /// - Parameter name: UTF-8.
    static func allows(_ name: Span<UInt8>) -> Bool {
        var isMixed = false
        var areAllFine = true
        var label = Label()
        var offset = 0
        while offset < name.count {
            guard let (scalar, length) = name.unicodeScalar(at: offset) else { return false }
            offset += length
            if scalar == "." {
                areAllFine = areAllFine && label.isFine
                label = Label()
                continue
            }
            let direction = Direction(scalar)
            label.take(direction)
            isMixed = isMixed || direction == .rightToLeft || direction == .arabicNumber || direction == .unsettled
        }
        return !isMixed || (areAllFine && label.isFine)
    }

    /// What has been seen of a label.
    private struct Label {
        private var first: Direction?
        private var last = Direction.neutral
        private var holdsLeftToRight = false
        private var holdsRightToLeft = false
        private var holdsNumber = false
        private var holdsArabicNumber = false

        mutating func take(_ direction: Direction) {
            if first == nil { first = direction }
            switch direction {
            case .leftToRight: holdsLeftToRight = true
            case .rightToLeft: holdsRightToLeft = true
            case .number: holdsNumber = true
            case .arabicNumber: holdsArabicNumber = true
            case .unsettled: (holdsLeftToRight, holdsRightToLeft) = (true, true)
            case .neutral: break
            case .mark: return
            }
            last = direction
        }

        /// True when the label may stand in a name that holds both directions. An empty one, behind a final full stop,
        /// may.
        var isFine: Bool {
            switch first {
            case nil: true
            case .rightToLeft:
                !holdsLeftToRight && !(holdsNumber && holdsArabicNumber) && last != .neutral
            case .leftToRight:
                !holdsRightToLeft && !holdsArabicNumber && last != .neutral
            default: false
            }
        }
    }

    /// What the Unicode character database says of a character's direction (Bidi_Class), as far as names need it.
    private enum Direction {
        case leftToRight
        case rightToLeft
        case number
        case arabicNumber
        case neutral
        /// Browsers of different years read it differently.
        case unsettled
        /// Stands on the character before it.
        case mark

        init(_ scalar: Unicode.Scalar) {
            if scalar.isASCII {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                self = byte.isASCIILetter ? .leftToRight : byte.isASCIIDigit ? .number : .neutral
                return
            }
            switch scalar.value {
            case 0x660...0x669, 0x1_0D30...0x1_0D39: self = .arabicNumber
            case 0x6F0...0x6F9: self = .number
            case 0x7C0...0x7C9, 0x1_E950...0x1_E959: self = .rightToLeft
            default:
                self =
                    switch scalar.properties.generalCategory {
                    case .nonspacingMark, .enclosingMark: .mark
                    case .decimalNumber: Self.runsFromRight(scalar) ? .unsettled : .leftToRight
                    case .modifierLetter: Self.runsFromRight(scalar) ? .rightToLeft : .neutral
                    default: Self.runsFromRight(scalar) ? .rightToLeft : .leftToRight
                    }
            }
        }

        /// The blocks whose characters run from right to left unless something else is said of them.
        private static func runsFromRight(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x1_0800...0x1_0FFF, 0x1_E800...0x1_EFFF: true
            default: false
            }
        }
    }
}
