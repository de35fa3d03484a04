import Bytes

/// The syntax of host names and of IPv4 addresses in URLs.
///
/// Labels are of 1 to 63 letters, digits, hyphens and underscores, 253 bytes in all (RFC 1035, 2.3.4). Underscores and
/// hyphens at a label's edge are no host names by RFC 952, but exist and are what browsers look up as they stand. One
/// full stop at the end is kept: a browser treats `a.example.` as another host than `a.example`, so no list holds it.
enum HostName {
    /// The kind of a host that is not in brackets.
    static func kind(of host: Span<UInt8>) throws(TargetRefusal) -> Target.HostKind {
        guard !host.isEmpty else { throw .emptyHost }
        let hasFinalStop = host[host.count - 1] == UInt8(ascii: ".")
        let labels = host.extracting(0..<(hasFinalStop ? host.count - 1 : host.count))
        let special = try checkLabels(labels)
        guard isPlain(special) else { return special }
        let lastLabel = labels.extracting(startOfLastLabel(labels)..<labels.count)
        if isNumber(lastLabel) {
            // A browser takes any host that ends in a number for an IPv4 address (WHATWG URL, 3.5, "ends in a number").
            guard !hasFinalStop, isDottedQuad(labels) else { throw .ipv4Spelling }
            return .ipv4
        }
        return special
    }

    /// True for four decimal numbers from 0 to 255 without leading zeros.
    static func isDottedQuad(_ bytes: Span<UInt8>) -> Bool {
        var numbers = 0
        var digits = 0
        var value: UInt32 = 0
        for offset in bytes.indices {
            let byte = bytes[offset]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, numbers < 3 else { return false }
                numbers += 1
                (digits, value) = (0, 0)
                continue
            }
            guard byte.isASCIIDigit, digits < 3, digits == 0 || value > 0 else { return false }
            value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
            digits += 1
            guard value <= 255 else { return false }
        }
        return numbers == 3 && digits > 0
    }

    /// Checks bytes and lengths and returns the kind by bytes alone, numbers not regarded.
    private static func checkLabels(_ labels: Span<UInt8>) throws(TargetRefusal) -> Target.HostKind {
        guard !labels.isEmpty else { throw .emptyHost }
        var kind = Target.HostKind.name
        var labelStart = 0
        for offset in labels.indices {
            let byte = labels[offset]
            switch byte {
            case UInt8(ascii: "."):
                guard offset > labelStart else { throw .hostSyntax }
                labelStart = offset + 1
            case UInt8(ascii: "%"):
                kind = .percentEncoded
            case 0x80...:
                if kind != .percentEncoded { kind = .nonASCII }
            default:
                guard isHostByte(byte) else { throw .hostSyntax }
            }
            guard offset - labelStart < 63 || !isPlain(kind) else { throw .hostSyntax }
            if kind == .name, offset == labelStart + 3,
                labels.extracting(labelStart...offset).equalsIgnoringASCIICase("xn--")
            {
                kind = .punycode
            }
        }
        guard labelStart < labels.count else { throw .hostSyntax }
        guard labels.count <= 253 || !isPlain(kind) else { throw .hostSyntax }
        return kind
    }

    /// True when the host's bytes are the name that is looked up, so that the limits of names hold for them.
    private static func isPlain(_ kind: Target.HostKind) -> Bool { kind == .name || kind == .punycode }

    private static func startOfLastLabel(_ labels: Span<UInt8>) -> Int {
        var start = labels.count
        while start > 0, labels[start - 1] != UInt8(ascii: ".") { start -= 1 }
        return start
    }

    /// True when a browser reads the label as a number: decimal or octal digits, or `0x` and hex digits.
    private static func isNumber(_ label: Span<UInt8>) -> Bool {
        let isHexadecimal = label.hasPrefixIgnoringASCIICase("0x")
        for offset in (isHexadecimal ? 2 : 0)..<label.count {
            let byte = label[offset]
            guard byte.isASCIIDigit || (isHexadecimal && byte.hexDigitValue != nil) else { return false }
        }
        return true
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
