import Bytes

/// A header's name as lower-cased machine words: what makes finding a known name a few comparisons, and hashing the
/// order of names cheap. Names longer than 32 bytes keep their length and their first 32 bytes.
struct HeaderNameKey {
    /// Length of the name in bytes.
    let count: Int
    /// The first to fourth eight bytes, little-endian, behind the end zero.
    let word0: UInt64
    let word1: UInt64
    let word2: UInt64
    let word3: UInt64

    private static let smallLetters: UInt64 = 0x2020_2020_2020_2020

    /// Reads the name at `start..<end`. At least eight bytes stand before `end`: a request line does.
    @inline(__always)
    init(_ bytes: Span<UInt8>, start: Int, end: Int) {
        count = end &- start
        word0 = Self.word(bytes, start: start, end: end)
        word1 = end &- start > 8 ? Self.word(bytes, start: start &+ 8, end: end) : 0
        word2 = end &- start > 16 ? Self.word(bytes, start: start &+ 16, end: end) : 0
        word3 = end &- start > 24 ? Self.word(bytes, start: start &+ 24, end: end) : 0
    }

    /// The word at `start`, cut at `end`: a short one is read from the eight bytes that stop at `end`.
    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, start: Int, end: Int) -> UInt64 {
        let length = end &- start
        if length >= 8 { return bytes.word(at: start) | smallLetters }
        let shift = UInt64(truncatingIfNeeded: 64 &- 8 &* length)
        return (bytes.word(at: end &- 8) | smallLetters) >> shift
    }

    /// True when the name is `literal`, which is in small letters and not longer than 32 bytes. Constant words after
    /// folding.
    @inline(__always)
    func equals(_ literal: StaticString) -> Bool {
        if word0 != Self.word(of: literal, 0) { return false }
        let length = literal.utf8CodeUnitCount
        if length > 8 && word1 != Self.word(of: literal, 8) { return false }
        if length > 16 && word2 != Self.word(of: literal, 16) { return false }
        if length > 24 && word3 != Self.word(of: literal, 24) { return false }
        return count == length
    }

    @inline(__always)
    private static func word(of literal: StaticString, _ offset: Int) -> UInt64 {
        let length = literal.utf8CodeUnitCount
        let start = unsafe literal.utf8Start
        var word: UInt64 = 0
        for index in 0..<8 where offset + index < length {
            word |= UInt64(unsafe start[offset + index]) << UInt64(8 * index)
        }
        return word
    }

    /// Folds the name into a hash of the names before it: `RequestHead.orderHash` says how.
    @inline(__always)
    func mixed(into hash: UInt64) -> UInt64 {
        var mixed = Self.mix(hash, word0)
        if count > 8 { mixed = Self.mix(mixed, word1) }
        if count > 16 { mixed = Self.mix(mixed, word2) }
        if count > 24 { mixed = Self.mix(mixed, word3) }
        return Self.mix(mixed, UInt64(truncatingIfNeeded: count))
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 32)
    }
}

extension HeaderNameKey {
    /// The known header of this name, or nil.
    var known: KnownHeader? {
        switch count {
        case 2: equals("te") ? .te : nil
        case 3: equals("dnt") ? .dnt : equals("via") ? .via : nil
        case 4: equals("host") ? .host : equals("from") ? .from : nil
        case 5: equals("range") ? .range : equals("x-moz") ? .xMoz : nil
        case 6:
            equals("accept")
                ? .accept
                : equals("cookie")
                    ? .cookie
                    : equals("origin")
                        ? .origin
                        : equals("pragma")
                            ? .pragma
                            : equals("expect") ? .expect : nil
        case 7:
            equals("referer")
                ? .referer
                : equals("sec-gpc")
                    ? .secGPC
                    : equals("purpose")
                        ? .purpose
                        : equals("upgrade")
                            ? .upgrade
                            : equals("trailer") ? .trailer : nil
        case 8: equals("priority") ? .priority : nil
        case 9:
            equals("x-purpose")
                ? .xPurpose
                : equals("sec-ch-ua")
                    ? .secCHUA
                    : equals("forwarded")
                        ? .forwarded
                        : equals("x-real-ip") ? .xRealIP : equals("save-data") ? .saveData : nil
        case 10:
            equals("user-agent")
                ? .userAgent : equals("connection") ? .connection : equals("keep-alive") ? .keepAlive : nil
        case 11: equals("sec-purpose") ? .secPurpose : nil
        case 12: equals("content-type") ? .contentType : nil
        case 13:
            equals("cache-control")
                ? .cacheControl
                : equals("authorization")
                    ? .authorization
                    : equals("if-none-match") ? .ifNoneMatch : nil
        case 14:
            equals("sec-fetch-site")
                ? .secFetchSite
                : equals("sec-fetch-mode")
                    ? .secFetchMode
                    : equals("sec-fetch-dest")
                        ? .secFetchDest
                        : equals("sec-fetch-user")
                            ? .secFetchUser
                            : equals("content-length")
                                ? .contentLength
                                : equals("accept-charset") ? .acceptCharset : nil
        case 15:
            equals("accept-language")
                ? .acceptLanguage
                : equals("accept-encoding")
                    ? .acceptEncoding
                    : equals("x-forwarded-for") ? .xForwardedFor : nil
        case 16:
            equals("x-forwarded-host")
                ? .xForwardedHost
                : equals("sec-ch-ua-mobile")
                    ? .secCHUAMobile
                    : equals("proxy-connection")
                        ? .proxyConnection
                        : equals("x-requested-with") ? .xRequestedWith : nil
        case 17:
            equals("transfer-encoding")
                ? .transferEncoding
                : equals("x-forwarded-proto")
                    ? .xForwardedProto
                    : equals("if-modified-since") ? .ifModifiedSince : nil
        case 18: equals("sec-ch-ua-platform") ? .secCHUAPlatform : nil
        case 25: equals("upgrade-insecure-requests") ? .upgradeInsecureRequests : nil
        default: nil
        }
    }
}
