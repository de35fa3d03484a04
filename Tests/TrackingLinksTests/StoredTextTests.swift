import Bytes
import TestSupport
import Testing
import TrackingLinks

/// A text and what must come out of it.
struct TextRow: CustomTestStringConvertible {
    var testDescription: String { given.debugDescription }
    var given: String
    var gives: String

    init(_ given: String, _ gives: String) {
        self.given = given
        self.gives = gives
    }
}

@Suite("What is stored of a target is its page, not its query")
struct StoredTargetTests {
    static let rows: [TextRow] = [
        TextRow("https://a.example/p?x=1&y=2#f", "https://a.example/p"),
        TextRow("https://a.example/p?id=7&x=1&sku=a%20b#f", "https://a.example/p?id=7&sku=a%20b"),
        TextRow("https://a.example/p?x=1&id", "https://a.example/p?id"),
        TextRow("https://a.example/p?id=1&id=2&ID=3", "https://a.example/p?id=1&id=2"),
        TextRow("https://a.example/p?&&id=&", "https://a.example/p?id="),
        TextRow("https://a.example/p?", "https://a.example/p"),
        TextRow("HTTP://A.Example:8080", "http://a.example:8080/"),
        TextRow("https://bücher.example/é?x", "https://xn--bcher-kva.example/%C3%A9"),
    ]

    @Test(arguments: rows)
    func ofAUsableTarget(_ row: TextRow) throws {
        let policy = try Sections.policy(hosts: [], linkQuery: ["id", "sku"])
        #expect(answer(target: row.given, policy: policy).storedTarget == row.gives)
    }

    static let unusable: [TextRow] = [
        TextRow("//a.example/x?y=1", "//a.example/x"),
        TextRow("javascript:alert(1)#x", "javascript:alert(1)"),
        TextRow("https://user:password@a.example/x?y", "https://a.example/x"),
        TextRow("https://u@v@a.example/x@y", "https://a.example/x@y"),
        TextRow("https://u:p@a.example\\x@y?", "https://a.example\\x@y"),
        TextRow("mailto:a@b.example", "mailto:a@b.example"),
        TextRow("https://a.example/a b\r\n\u{1B}[0mé", "https://a.example/a%20b%0D%0A%1B[0m%C3%A9"),
    ]

    @Test(arguments: unusable)
    func ofAnUnusableTarget(_ row: TextRow) throws {
        #expect(answer(target: row.given, policy: try Sections.policy()).storedTarget == row.gives)
    }

    @Test(arguments: [
        (LinkLimits.storedTextBytesMax, "", false), (LinkLimits.storedTextBytesMax, "?b", false),
        (LinkLimits.storedTextBytesMax, "b", true), (LinkLimits.storedTextBytesMax - 1, "?b", false),
    ])
    func itIsKnownWhetherAnUnusableTargetIsCut(_ count: Int, _ end: String, _ isCut: Bool) throws {
        let text = "/" + String(repeating: "a", count: count - 1)
        for fallback in [nil, "https://www.mywebsite.com/"] {
            let answer = answer(target: text + end, policy: try Sections.policy(fallback: fallback))
            #expect(answer.storedTarget == text)
            #expect(answer.storedTargetIsCut == isCut)
        }
    }

    @Test func anOverlongTargetIsStoredInPart() throws {
        let text = "https://a.example/" + String(repeating: "\u{1}", count: 3 * LinkLimits.targetBytesMax)
        let stored = try #require(answer(target: text, policy: try Sections.policy()).storedTarget)
        #expect(stored.utf8.count == 18 + 3 * (LinkLimits.storedTextBytesMax - 18))
    }
}

@Suite("An address in a stored text is masked, and a text without one stays as it is")
struct EmailMaskTests {
    static let rows: [TextRow] = [
        TextRow("john.d@mail.example", "(email)"),
        TextRow("John+sale_1-x@mail.example", "(email)"),
        TextRow("https://a.example/u/john%40mail.example/x", "https://a.example/u/(email)/x"),
        TextRow("https://a.example/u/john%2540mail.example", "https://a.example/u/(email)"),
        TextRow("https://a.example/u/john%252540mail%2Eexample", "https://a.example/u/(email)"),
        TextRow("zqx3%252540mail%25252Ecom", "(email)"),
        TextRow("/u/zqx3%40mail%252Ecom/x", "/u/(email)/x"),
        TextRow("zqx3@mail%252eco%2525252Euk", "(email)"),
        TextRow("/p?e=a@b.example&f=c@d.example", "/p?e=(email)&f=(email)"),
        TextRow("mailto:a@b.example", "mailto:(email)"),
        TextRow("a@b.example, c@d.example.", "(email), (email)."),
        TextRow("<a@b.example>", "<(email)>"),
        TextRow("\"john doe\"@mail.example", "(email)"),
        TextRow("jürgen@bücher.example", "(email)"),
        TextRow("a@b@c.example", "a@(email)"),
        TextRow("a%40b%40c.example", "a%40(email)"),
        TextRow("x=john%2Bsale%40mail.co.example", "x=(email)"),
        TextRow("*|EMAIL|*@mail.example", "(email)"),
        TextRow("o'neil@mail.example", "(email)"),
        TextRow("40@b.example", "(email)"),
        TextRow("a@b.example.%40", "(email).%40"),
        TextRow("a@b.example.1", "(email).1"),
        TextRow("a@1.2.example", "(email)"),
        TextRow("a@[192.0.2.1]", "(email)"),
        TextRow("/u/a%40%5B192.0.2.1%5D/x", "/u/(email)/x"),
        TextRow("x=a%2540%255BIPv6%253A2001%253Adb8%253A%253A1%255D&y", "x=(email)&y"),
        TextRow("a@[IPv6:2001:db8::1], b", "(email), b"),
        TextRow("a@[192.0.", "(email)"),
        // An IPv4 address without brackets.
        TextRow("a@192.0.2.77", "(email)"),
        TextRow("/u/a%40192%2E0.2.77/x", "/u/(email)/x"),
        TextRow("a@192.0.2.77, b", "(email), b"),
        TextRow("a@192.0.2.77%20", "(email)%20"),
        // The other dots of internationalised domains.
        TextRow("ann@secret。example", "(email)"),
        TextRow("ann@secret．example, b", "(email), b"),
        TextRow("ann@mail｡secret｡example", "(email)"),
        TextRow("/u/ann%40secret%E3%80%82example/x", "/u/(email)/x"),
        TextRow("/u/ann%2540secret%25ef%25bc%258eexample", "/u/(email)"),
        TextRow("ann@secret%EF%BD%A1example", "(email)"),
        TextRow("ann@192。0。2。77", "(email)"),
        TextRow("ann@secret=2Eexample", "(email)"),
        TextRow("ann@secret&period;example ann@secret&#46;example", "(email) (email)"),
        TextRow("ann@secret&#x2E;example", "(email)"),
        // Malformed, and read by everybody.
        TextRow("ann@@secret.example", "(email)"),
        TextRow("ann%40%40secret.example", "(email)"),
        TextRow("ann@secret..example", "(email)"),
        TextRow("ann@secret.%2E.example/x", "(email)/x"),
        TextRow("ann@.secret.example", "(email)"),
        TextRow("ann@..secret。.example.", "(email)."),
        TextRow("ann@@..192.0.2.77", "(email)"),
        // Other spellings of the at sign.
        TextRow("ann=40secret.example", "(email)"),
        TextRow("x?y=ann=40secret.example&z", "x?y=(email)&z"),
        TextRow("ann%3D40secret.example", "(email)"),
        TextRow("/ann%253d40secret.example/", "/(email)/"),
        TextRow("Bot/1.0 (ann&commat;secret.example)", "Bot/1.0 ((email))"),
        TextRow("ann&#64;secret.example", "(email)"),
        TextRow("ann&#0064;secret.example", "(email)"),
        TextRow("ann&#64secret.example", "(email)"),
        TextRow("ann&#x40;secret.example", "(email)"),
        TextRow("ann&#X0040;secret.example", "(email)"),
        TextRow("/ann%26commat%3Bsecret.example/", "/(email)/"),
        TextRow("/ann%26%2364%3Bsecret.example/", "/(email)/"),
        TextRow("/ann%2526%2523x40%253Bsecret.example/", "/(email)/"),
        TextRow("ann＠secret.example", "(email)"),
        TextRow("<ann﹫secret。example>", "<(email)>"),
        TextRow("/u/ann%EF%BC%A0secret.example/x", "/u/(email)/x"),
        TextRow("/u/ann%25ef%25b9%25abmail.secret.example/x", "/u/(email)/x"),
        TextRow("\"ann secret\"＠secret.example", "(email)"),
        // An address in brackets whose end bracket is missing.
        TextRow("Bot ann@[192.0.2.1 (x11)", "Bot (email) (x11)"),
        TextRow("Bot ann%40%5BIPv6:2001:db8::1, b", "Bot (email), b"),
        TextRow("https://a.example/ann@[192.0.2.1/x", "https://a.example/(email)/x"),
        // A picture's resolution is no address, but looks like one.
        TextRow("/logo@2x.png", "/(email)"),
    ]

    @Test(arguments: rows)
    func isMasked(_ row: TextRow) {
        #expect(mask(row.given) == row.gives)
    }

    @Test(arguments: [
        "", "@", "%40", "https://a.example/", "https://a.example/@handle", "/npm/jquery@3.6.0/x.js", "a@", "@b.example",
        "a@b", "a@.example", "a@b.", "100%", "%4", "%254", "a%40b", "a@b%252", "a@b%252E", "a@b%252F.1",
        "va=[1]", "*|EMAIL|*", "\"@\"", "a@[", "a@[x y]", "@[192.0.2.1]", "a@[]/", "/react@latest/x", "a@localhost",
        "name@2x", "user@host", "medium.com/@user", "/@user.name", "a@1.2.3", "a@1.2.3.256", "a@1.2.3.4444", "a@.1.2",
        "a=40b", "a=40", "?width=40.5&x", "?img=40.large.jpg", "/x?article=4012345.html", "?a=1&amp;b=40x.de&c=40x.de",
        "/product/id=4012.html", "/img/w=400.jpg", "/size=40mm.HTML", "page%3D4012.html", "page=40mm.php",
        "/r/https%3A%2F%2Fwww.example.com%2Fp%3Fid%3D40mm%26ref%3Da.bc",
        "q=0.40", "a&commat;b", "a&#64;b", "a&#641;b.example",
        "a&#x40F;b.example", "a＠b", "＠b.example", "全角．ピリオド。", "a@@b", "a@@", "a@..b", "a@...", "\"a b",
        "%EF%BC%A0", "a%3D4", "?a=b&c=d&copy;", "x@[a.b c", "x@[1 2]",
        "bcf3e320c6edc3b5e45d9457d55021a1f019d9317fddb29c453d71bbf9a2b0c3",
    ])
    func staysAsItIs(_ text: String) {
        #expect(mask(text) == text)
    }

    @Test(arguments: [
        "a@", "a%40", "\"@", "@a.", "a@b.c", "a@[", "a@[b", "a%40%5B%25", "%2525", "@a%25", "%252E", "%", "a.", "\"\"@",
        "＠", "a@。", "a@..", "@@", "a=40", "a&commat;", "&#0", "a@&#0", "%26%2300", "a@1.1.1.", "a@[1.1", "\"a", "a@b=",
        "a@b&period", "%EF%BC", "%25EF%25BC%25A", "=4", "%3D",
    ])
    func noTextTakesMoreThanLinearTime(_ unit: String) {
        // A quadratic search over these 400,000 bytes would take minutes.
        _ = mask(String(repeating: unit, count: 400_000 / unit.utf8.count))
    }

    @Test func noAddressSurvives() {
        let seed: UInt64 = 5
        var generator = SeededGenerator(seed: seed)
        let parts = [
            "a", "@", "%40", ".", "b.example", "\"", "/", "?", "&", "x y", "é", "%2E", "%252E", "+", "%25", "40", "-",
            "=40", "&#64;", "＠", "。", "%EF%BC%A0", "@@", "..", "[", "1.2.3.4", " ", "=",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1..<12, using: &generator)).map { _ in
                parts.randomElement(using: &generator) ?? ""
            }.joined()
            let masked = mask(text)
            #expect(mask(masked) == masked, "seed \(seed): \(text)")
            #expect(masked.firstMatch(of: /[a-z]@[a-z]+\.[a-z]/) == nil, "seed \(seed): \(text)")
        }
    }

    private func mask(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return written(capacity: EmailMask.maximumCount(masking: bytes.count)) {
            let isMasked = EmailMask.append(bytes.span, into: &$0)
            let hasMask = $0.withSpan { $0.toString() } != text
            #expect(isMasked == hasMask)
        }
    }
}

@Suite("Escaped text can't leave its place in a page nor look like another")
struct HTMLEscapingTests {
    static let rows: [TextRow] = [
        TextRow("", ""),
        TextRow("www.mywebsite.com", "www.mywebsite.com"),
        TextRow(
            "<script>alert('x' & \"y\")</script>",
            "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;"),
        TextRow("a\u{0}\t\r\n\u{7F}b", "a&#65533;&#65533;&#65533;&#65533;&#65533;b"),
        TextRow("bücher€😀", "b&#252;cher&#8364;&#128512;"),
        TextRow("a\u{202E}b\u{200B}c\u{FEFF}d\u{2066}e\u{85}f", "a&#65533;b&#65533;c&#65533;d&#65533;e&#65533;f"),
        TextRow("a\u{E0041}\u{FFFE}", "a&#65533;&#65533;"),
    ]

    @Test(arguments: rows)
    func escaped(_ row: TextRow) {
        #expect(escape(Array(row.given.utf8)) == row.gives)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xFF],
            [0xC3],
        ] as [[UInt8]])
    func whatIsNotUTF8IsReplaced(_ bytes: [UInt8]) {
        let replaced = String(repeating: "&#65533;", count: bytes.count)
        #expect(escape(bytes) == replaced)
        #expect(escape(Array("<".utf8) + bytes + Array("<".utf8)) == "&lt;\(replaced)&lt;")
    }

    @Test func anyBytesGivePrintableASCII() {
        let seed: UInt64 = 6
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let isClean = escape(bytes).utf8.allSatisfy { 0x20...0x7E ~= $0 && !"<>\"'".utf8.contains($0) }
            #expect(isClean, "seed \(seed): \(bytes)")
        }
    }

    private func escape(_ bytes: [UInt8]) -> String {
        written(capacity: HTMLEscaping.maximumCount(escaping: bytes.count)) {
            HTMLEscaping.append(bytes.span, into: &$0)
        }
    }
}
