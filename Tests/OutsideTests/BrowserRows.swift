import TestSupport

/// A target of a click, for a browser and for Tremolo to read.
struct BrowserRow: Sendable {
    /// How a click on it is answered.
    enum Answer: Sendable, Equatable {
        /// With a redirect to this host and port.
        case redirect(String)
        /// With the page that asks, about this host and port.
        case ask(String)
        /// With the page that asks, which has no link.
        case askWithoutLink
        case refusal
    }

    let target: String
    /// Nil where the browser and what is listed decide.
    let answer: Answer?

    init(_ target: String, _ answer: Answer? = nil) {
        self.target = target
        self.answer = answer
    }

    /// What the section of these tests lists.
    static let hosts = [
        "www.mywebsite.com", "*.mywebsite.com", "bücher.example", "*.münchen.example", "*.שלום.example", "192.0.2.1",
        "[2001:db8::1]",
    ]

    /// True for a host that is on that list, by its ends alone.
    static func isListed(_ host: String) -> Bool {
        ["xn--bcher-kva.example", "192.0.2.1", "[2001:db8::1]"].contains(host)
            || [".mywebsite.com", ".xn--mnchen-3ya.example", ".xn--9dbne9b.example"].contains { host.hasSuffix($0) }
    }

    /// Targets that redirectors were fooled with.
    static let hostile: [BrowserRow] = [
        // Where the authority begins and ends
        BrowserRow("https:www.mywebsite.com/x", .redirect("www.mywebsite.com")),
        BrowserRow("https:/www.mywebsite.com", .redirect("www.mywebsite.com")),
        BrowserRow("https:////www.mywebsite.com?a", .redirect("www.mywebsite.com")),
        BrowserRow("HTTP://WWW.MyWebsite.COM#a", .redirect("www.mywebsite.com")),
        BrowserRow("  https://www.mywebsite.com/a b  ", .redirect("www.mywebsite.com")),
        BrowserRow("https:\\\\www.mywebsite.com", .refusal), BrowserRow("https:/\\evil.example", .refusal),
        BrowserRow("https://evil.example\\.mywebsite.com/", .refusal),
        BrowserRow("https://www.mywebsite.com/\\evil.example", .redirect("www.mywebsite.com")),
        BrowserRow("https://evil.example?.mywebsite.com/", .ask("evil.example")),
        BrowserRow("https://evil.example#.mywebsite.com/", .ask("evil.example")),
        BrowserRow("https://evil.example/https://www.mywebsite.com/", .ask("evil.example")),
        BrowserRow("//evil.example/", .refusal), BrowserRow("\\\\evil.example", .refusal), BrowserRow("/", .refusal),
        BrowserRow("www.mywebsite.com", .refusal), BrowserRow("https://", .refusal), BrowserRow("https:///", .refusal),
        BrowserRow("https://?www.mywebsite.com", .refusal), BrowserRow("https://./", .refusal),
        // User info
        BrowserRow("https://www.mywebsite.com@evil.example/", .refusal),
        BrowserRow("https://evil.example\\@www.mywebsite.com/", .refusal),
        BrowserRow("https://evil.example:443@www.mywebsite.com/", .refusal),
        BrowserRow("https://@www.mywebsite.com/", .refusal), BrowserRow("https://:@www.mywebsite.com/", .refusal),
        BrowserRow("https://www.mywebsite.com%40evil.example/", .refusal),
        BrowserRow("https://www.mywebsite.com/@evil.example", .redirect("www.mywebsite.com")),
        // Bytes that browsers drop, or that end a header
        BrowserRow("https://www.mywebsite.com\t.evil.example/", .refusal),
        BrowserRow("https://evil.example/\r\nLocation: https://www.mywebsite.com/", .refusal),
        BrowserRow("\u{1}https://www.mywebsite.com/", .refusal), BrowserRow("ht\ntps://evil.example", .refusal),
        BrowserRow("https://www.mywebsite.com/%0d%0aSet-Cookie:a=b", .redirect("www.mywebsite.com")),
        BrowserRow("https://www.mywebsite.com/\u{2028}\u{85}", .redirect("www.mywebsite.com")),
        BrowserRow("https://www.mywebsite.com/嘊嘍Set-Cookie:a", .redirect("www.mywebsite.com")),
        BrowserRow("\u{FEFF}https://evil.example/", .refusal), BrowserRow("\u{A0}https://evil.example/", .refusal),
        // Ports
        BrowserRow("https://www.mywebsite.com:443/", .redirect("www.mywebsite.com")),
        BrowserRow("https://www.mywebsite.com:00443/", .redirect("www.mywebsite.com")),
        BrowserRow("https://www.mywebsite.com:/", .redirect("www.mywebsite.com")),
        BrowserRow("https://www.mywebsite.com:80/", .ask("www.mywebsite.com:80")),
        BrowserRow("http://www.mywebsite.com:8080", .ask("www.mywebsite.com:8080")),
        BrowserRow("https://www.mywebsite.com:0/", .refusal), BrowserRow("https://www.mywebsite.com:65536", .refusal),
        BrowserRow("https://www.mywebsite.com:+443/", .refusal), BrowserRow("https://a:b.mywebsite.com/", .refusal),
        // Escapes in hosts
        BrowserRow("https://%77ww%2Emywebsite.com/", .redirect("www.mywebsite.com")),
        BrowserRow("https://evil.example%2F.mywebsite.com/", .refusal),
        BrowserRow("https://evil.example%5C.mywebsite.com/", .refusal),
        BrowserRow("https://evil.example%23.mywebsite.com/", .refusal),
        BrowserRow("https://evil.example%00.mywebsite.com/", .refusal),
        BrowserRow("https://evil.example%252F.mywebsite.com/", .refusal),
        BrowserRow("https://b%C3%BCcher.example/", .redirect("xn--bcher-kva.example")),
        BrowserRow("https://b%FCcher.example/", .refusal),
        // Addresses
        BrowserRow("https://3221225985/", .redirect("192.0.2.1")),
        BrowserRow("https://0300.0.0x2.1./", .redirect("192.0.2.1")),
        BrowserRow("https://0xC0.513", .redirect("192.0.2.1")),
        BrowserRow("https://192.0.2.1.", .redirect("192.0.2.1")),
        BrowserRow("https://127.1", .ask("127.0.0.1")), BrowserRow("https://192.0.2.256/", .refusal),
        BrowserRow("https://192.0.2.08", .refusal), BrowserRow("https://1.2.3.4.5/", .refusal),
        BrowserRow("https://[2001:DB8:0:0::0:1]/", .redirect("[2001:db8::1]")),
        BrowserRow("https://[2001:db8::0.0.0.1]/", .redirect("[2001:db8::1]")),
        BrowserRow("https://[::ffff:192.0.2.1]/", .ask("[::ffff:c000:201]")),
        BrowserRow("https://[2001:db8::1%25eth0]/", .refusal), BrowserRow("https://[2001:db8::1]x/", .refusal),
        BrowserRow("https://[2001:db8::1", .refusal), BrowserRow("https://[evil.example]/", .refusal),
        // Hosts outside ASCII
        BrowserRow("https://BÜCHER.example/", .redirect("xn--bcher-kva.example")),
        BrowserRow("https://bu\u{308}cher.example/", .redirect("xn--bcher-kva.example")),
        BrowserRow("https://ß.münchen.example/", .redirect("xn--zca.xn--mnchen-3ya.example")),
        BrowserRow("https://www。mywebsite。com/", .askWithoutLink),
        BrowserRow("https://ｗｗｗ.mywebsite.com/", .askWithoutLink),
        BrowserRow("https://www.my\u{AD}website.com/", .askWithoutLink),
        BrowserRow("https://evil.example\u{FF0F}.mywebsite.com/", .askWithoutLink),
        BrowserRow("https://evil.c\u{2100}.mywebsite.com/", .askWithoutLink),
        BrowserRow("https://①②⑦.⓪.⓪.①/", .askWithoutLink),
        BrowserRow("https://www.mywebsıte.com/", .ask("www.xn--mywebste-ykb.com")),
        BrowserRow("https://а.mywebsite.com/", .redirect("xn--80a.mywebsite.com")),
        BrowserRow("https://a.שלום.example/", .redirect("a.xn--9dbne9b.example")),
        BrowserRow("https://1.שלום.example/", .askWithoutLink),
        BrowserRow("https://aש.mywebsite.com/", .askWithoutLink),
        BrowserRow("https://xn--a.bücher.example/", .askWithoutLink),
        BrowserRow("https://www.mywebsite.com./", .ask("www.mywebsite.com.")),
        BrowserRow("https://a..mywebsite.com/", .refusal), BrowserRow("https://!.mywebsite.com/", .refusal),
        // Other schemes
        BrowserRow("javascript://www.mywebsite.com/%0aalert(1)", .refusal), BrowserRow("data:text/html,x", .refusal),
        BrowserRow("java\tscript:alert(1)", .refusal), BrowserRow("ftp://www.mywebsite.com/", .refusal),
        BrowserRow("blob:https://www.mywebsite.com/x", .refusal), BrowserRow("file:///etc/passwd", .refusal),
    ]

    /// Targets put together of parts that mean something to one reader or another.
    static func random(_ count: Int, seed: UInt64) -> [BrowserRow] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in BrowserRow(target(using: &generator)) }
    }

    private static let schemes = ["https://", "http://", "HTTPS://", "https:", "http:/", "https:///", " https://"]
    private static let rests = [
        "", "/", "/a b", "?q=\"<>", "#f", "/%2f..", "/\\x", "/?u=https://evil.example/@", ":443/", ":80", ":8443/",
        ":0/", "/é?ü#ß",
    ]
    private static let domains = [
        "www.mywebsite.com", "MyWebsite.com", ".mywebsite.com", "bücher.example", ".münchen.example", ".שלום.example",
        "evil.example", "example", "192.0.2.1", "0300.0.513",
    ]
    private static let signs = Array(
        "/\\@:?#.%&=;,!'\"<>[]{}|^`~$*()+-_ \t\n\r\u{0}\u{7F}\u{3002}\u{FF0E}\u{2044}\u{200D}")
    private static let letters = Array("abcxyzßüÄéøšžабгДαβςΣאבגשתابتسي٠١٢۰۱۲09--_あア漢字한글कखაბღᲐꭰ𐐀𞤀ﬁⅷ①Ａ👍")

    private static func target(using generator: inout SeededGenerator) -> String {
        var host = pick(domains, &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: host = label(using: &generator) + (host.hasPrefix(".") ? "" : ".") + host
        case 4: host = address(using: &generator)
        case 5: host = label(using: &generator) + "." + label(using: &generator)
        case 6: host = escaped(host, using: &generator)
        default: break
        }
        var text = Array(pick(schemes, &generator) + host + pick(rests, &generator))
        for _ in 0..<pick([0, 0, 0, 1, 1, 2], &generator) {
            text.insert(pick(signs, &generator), at: Int.random(in: 0...text.count, using: &generator))
        }
        return String(text)
    }

    private static func label(using generator: inout SeededGenerator) -> String {
        String((0..<Int.random(in: 1...4, using: &generator)).map { _ in pick(letters, &generator) })
    }

    /// One to five numbers, each in decimal, octal or hexadecimal.
    private static func address(using generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...5, using: &generator)).map { _ in
            let number = Int.random(in: 0...pick([9, 255, 300, 70_000], &generator), using: &generator)
            return pick(["\(number)", "0" + String(number, radix: 8), "0x" + String(number, radix: 16)], &generator)
        }.joined(separator: ".")
    }

    private static func escaped(_ host: String, using generator: inout SeededGenerator) -> String {
        host.utf8.map { byte in
            byte < 0x80 && Bool.random(using: &generator)
                ? String(Character(Unicode.Scalar(byte))) : escape(byte)
        }.joined()
    }

    /// A byte, percent-encoded.
    static func escape(_ byte: UInt8) -> String { (byte < 16 ? "%0" : "%") + String(byte, radix: 16) }

    private static func pick<Element>(_ elements: [Element], _ generator: inout SeededGenerator) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }
}
