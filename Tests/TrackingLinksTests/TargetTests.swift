import Bytes
import Testing
import TrackingLinks

@Suite("A target is read as browsers read it, or it is unusable")
struct TargetTests {
    struct Usable: CustomTestStringConvertible {
        var testDescription: String { text }
        var text: String
        var normalised: String
        var host: String
        var kind = Target.HostKind.name
        var port: UInt16 = 443

        init(_ text: String, _ normalised: String, host: String, _ kind: Target.HostKind = .name, port: UInt16 = 443) {
            self.text = text
            self.normalised = normalised
            self.host = host
            self.kind = kind
            self.port = port
        }
    }

    static let usable: [Usable] = [
        Usable("https://a.example/", "https://a.example/", host: "a.example"),
        Usable("http://a.example/", "http://a.example/", host: "a.example", port: 80),
        Usable("HTTPS://A.Example/Path?Q=A#F", "https://a.example/Path?Q=A#F", host: "a.example"),
        Usable("https://a.example", "https://a.example/", host: "a.example"),
        Usable("https://a.example?x=1", "https://a.example/?x=1", host: "a.example"),
        Usable("https://a.example#top", "https://a.example/#top", host: "a.example"),
        Usable("https://a.example/?", "https://a.example/?", host: "a.example"),
        Usable("https://a.example/#", "https://a.example/#", host: "a.example"),
        Usable("https://a.example:443/x", "https://a.example/x", host: "a.example"),
        Usable("https://a.example:/x", "https://a.example/x", host: "a.example"),
        Usable("https://a.example:00443/x", "https://a.example/x", host: "a.example"),
        Usable("http://a.example:443/x", "http://a.example:443/x", host: "a.example", port: 443),
        Usable("https://a.example:8443", "https://a.example:8443/", host: "a.example", port: 8443),
        Usable("https://a.example:65535/", "https://a.example:65535/", host: "a.example", port: 65_535),
        Usable("https://a.example./", "https://a.example./", host: "a.example."),
        Usable("https://localhost/", "https://localhost/", host: "localhost"),
        Usable("https://my_shop-1.a.example/", "https://my_shop-1.a.example/", host: "my_shop-1.a.example"),
        Usable("https://3com.example/", "https://3com.example/", host: "3com.example"),
        Usable("https://1.2.3.example/", "https://1.2.3.example/", host: "1.2.3.example"),
        Usable("https://192.0.2.1/", "https://192.0.2.1/", host: "192.0.2.1", .ipv4),
        Usable("https://[2001:DB8:0:0:0:0:0:1]/", "https://[2001:db8::1]/", host: "[2001:db8::1]", .ipv6),
        Usable("https://[::]:8443/", "https://[::]:8443/", host: "[::]", .ipv6, port: 8443),
        Usable("https://[::ffff:192.0.2.1]/", "https://[::ffff:c000:201]/", host: "[::ffff:c000:201]", .ipv6),
        Usable(
            "https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", host: "xn--bcher-kva.example", .punycode
        ),
        Usable("https://www.XN--BCHER-kva/", "https://www.xn--bcher-kva/", host: "www.xn--bcher-kva", .punycode),
        Usable("https://bücher.example/", "https://xn--bcher-kva.example/", host: "xn--bcher-kva.example", .punycode),
        Usable("https://BÜCHER.Example/", "https://xn--bcher-kva.example/", host: "xn--bcher-kva.example", .punycode),
        Usable(
            "https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/", host: "xn--bcher-kva.example", .punycode),
        Usable("https://straße.example/", "https://xn--strae-oqa.example/", host: "xn--strae-oqa.example", .punycode),
        Usable("https://\u{212A}.example/", "https://k.example/", host: "k.example"),
        Usable("https://%61.example/", "https://a.example/", host: "a.example"),
        Usable("https://a%2Eexample%2e/", "https://a.example./", host: "a.example."),
        Usable("https://1%32%37.0.0.1/", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https:/a.example", "https://a.example/", host: "a.example"),
        Usable("https:a.example", "https://a.example/", host: "a.example"),
        Usable("https:///a.example/x", "https://a.example/x", host: "a.example"),
        Usable("https://///a.example", "https://a.example/", host: "a.example"),
        Usable("  https://a.example/ ", "https://a.example/", host: "a.example"),
        Usable("https://a.example/a b?c d#e f", "https://a.example/a%20b?c%20d#e%20f", host: "a.example"),
        Usable("https://a.example/x\\y\\", "https://a.example/x/y/", host: "a.example"),
        Usable("https://a.example/?x\\y#\\", "https://a.example/?x%5Cy#%5C", host: "a.example"),
        Usable("https://127.1/", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https://2130706433/", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https://0x7f.1/", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https://0X7F000001/", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https://0x/", "https://0.0.0.0/", host: "0.0.0.0", .ipv4),
        Usable("https://0177.0.0.1/", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https://127.0.0.01/", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https://127.0.0.1./", "https://127.0.0.1/", host: "127.0.0.1", .ipv4),
        Usable("https://1.65535/", "https://1.0.255.255/", host: "1.0.255.255", .ipv4),
        Usable("https://4294967295/", "https://255.255.255.255/", host: "255.255.255.255", .ipv4),
        Usable(
            "https://１２７.0.0.1/", "https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
            host: "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1", .nonASCII),
        Usable("https://ﬀ.example/", "https://%EF%AC%80.example/", host: "%EF%AC%80.example", .nonASCII),
        Usable("https://STRAẞE.example/", "https://STRA%E1%BA%9EE.example/", host: "STRA%E1%BA%9EE.example", .nonASCII),
        // A browser goes nowhere with a label of two directions, or one beside another direction that begins with a
        // digit or ends in a hyphen (RFC 5893, 2).
        Usable("https://שלום.example/", "https://xn--9dbne9b.example/", host: "xn--9dbne9b.example", .punycode),
        Usable(
            "https://שלום1.a-1.example/", "https://xn--1-9hcuf1d.a-1.example/", host: "xn--1-9hcuf1d.a-1.example",
            .punycode),
        Usable("https://aש.example/", "https://a%D7%A9.example/", host: "a%D7%A9.example", .nonASCII),
        Usable("https://שa.example/", "https://%D7%A9a.example/", host: "%D7%A9a.example", .nonASCII),
        Usable("https://1.ש.example/", "https://1.%D7%A9.example/", host: "1.%D7%A9.example", .nonASCII),
        Usable("https://ש.a-.example/", "https://%D7%A9.a-.example/", host: "%D7%A9.a-.example", .nonASCII),
        Usable("https://س1٢.example/", "https://%D8%B31%D9%A2.example/", host: "%D8%B31%D9%A2.example", .nonASCII),
        Usable("https://٢س.example/", "https://%D9%A2%D8%B3.example/", host: "%D9%A2%D8%B3.example", .nonASCII),
        Usable(
            "https://a\u{10D45}.example/", "https://a%F0%90%B5%85.example/", host: "a%F0%90%B5%85.example", .nonASCII),
        // A browser reads the Punycode beside a label outside ASCII, and takes it as it is without one.
        Usable("https://xn--a.ü.example/", "https://xn--a.%C3%BC.example/", host: "xn--a.%C3%BC.example", .nonASCII),
        Usable("https://XN--ü.example/", "https://XN--%C3%BC.example/", host: "XN--%C3%BC.example", .nonASCII),
        Usable("https://a.example/x@y:z", "https://a.example/x@y:z", host: "a.example"),
        Usable("https://a.example/?u=https://b.example/", "https://a.example/?u=https://b.example/", host: "a.example"),
        Usable("https://a.example#@b.example/", "https://a.example/#@b.example/", host: "a.example"),
        Usable("https://a.example?@b.example/", "https://a.example/?@b.example/", host: "a.example"),
        Usable("https://a.example/a/../b/./c", "https://a.example/a/../b/./c", host: "a.example"),
        Usable("https://a.example//b.example", "https://a.example//b.example", host: "a.example"),
        Usable(
            "https://a.example/caf\u{E9}?q=\u{20AC}#\u{E9}", "https://a.example/caf%C3%A9?q=%E2%82%AC#%C3%A9",
            host: "a.example"),
        Usable("https://a.example/100%", "https://a.example/100%", host: "a.example"),
        Usable("https://a.example/%2e%2E/%0d%0a", "https://a.example/%2e%2E/%0d%0a", host: "a.example"),
        Usable("https://a.example/\"<>`{}^|'", "https://a.example/%22%3C%3E%60%7B%7D^|'", host: "a.example"),
        Usable("https://a.example/?\"<>`{}^|'", "https://a.example/?%22%3C%3E`{}^|%27", host: "a.example"),
        Usable("https://a.example/#\"<>`{}^|'#?", "https://a.example/#%22%3C%3E%60{}^|'#?", host: "a.example"),
    ]

    @Test(arguments: usable)
    func isUsable(_ row: Usable) throws {
        let (target, url) = try read(Array(row.text.utf8))
        #expect(String(decoding: url, as: UTF8.self) == row.normalised)
        #expect(String(decoding: url[target.host.offsets], as: UTF8.self) == row.host)
        #expect(target.hostKind == row.kind)
        #expect(target.port == row.port)
        // What is sent reads as what was judged.
        let (again, urlAgain) = try read(url)
        #expect(again == target)
        #expect(urlAgain == url)
    }

    struct Unusable: CustomTestStringConvertible {
        var testDescription: String { "\(refusal): \(text.debugDescription)" }
        var text: String
        var refusal: TargetRefusal

        init(_ text: String, _ refusal: TargetRefusal) {
            self.text = text
            self.refusal = refusal
        }
    }

    static let unusable: [Unusable] = [
        Unusable("", .notAbsolute),
        Unusable("/", .notAbsolute),
        Unusable("/cart", .notAbsolute),
        Unusable("//evil.example/", .notAbsolute),
        Unusable("///evil.example/", .notAbsolute),
        Unusable("www.mywebsite.com", .notAbsolute),
        Unusable("https", .notAbsolute),
        Unusable("https:", .emptyHost),
        Unusable("https:///", .emptyHost),
        Unusable("https%3A%2F%2Fa.example", .notAbsolute),
        Unusable("://a.example", .notAbsolute),
        Unusable("\u{FEFF}https://a.example/", .notAbsolute),
        Unusable("1https://a.example/", .notAbsolute),
        Unusable("javascript:alert(1)", .otherScheme),
        Unusable("JavaScript://a.example/%0aalert(1)", .otherScheme),
        Unusable("data:text/html,x", .otherScheme),
        Unusable("ftp://a.example/", .otherScheme),
        Unusable("httpss://a.example/", .otherScheme),
        Unusable("http+x://a.example/", .otherScheme),
        Unusable("mailto:a@b.example", .otherScheme),
        Unusable("https://a .example/", .space),
        Unusable("https://a.example/\r\nSet-Cookie:x=1", .controlByte),
        Unusable("ht\ttps://a.example/", .controlByte),
        Unusable("https://a.\nexample/", .controlByte),
        Unusable("https://a.example/\u{0}", .controlByte),
        Unusable("https://a.example/\u{7F}", .controlByte),
        Unusable("\u{1}https://a.example/", .controlByte),
        Unusable("https:\\\\a.example\\", .backslash),
        Unusable("https://a.example\\@evil.example/", .backslash),
        Unusable("https://www.mywebsite.com@evil.example/", .userInfo),
        Unusable("https://user:password@a.example/", .userInfo),
        Unusable("https://@a.example/", .userInfo),
        Unusable("https://a.example:80@evil.example/", .userInfo),
        Unusable("https://", .emptyHost),
        Unusable("https://?x", .emptyHost),
        Unusable("https://#x", .emptyHost),
        Unusable("https://:443/", .emptyHost),
        Unusable("https://./", .emptyHost),
        Unusable("https://../", .hostSyntax),
        Unusable("https://a..example/", .hostSyntax),
        Unusable("https://.a.example/", .hostSyntax),
        Unusable("https://a.example../", .hostSyntax),
        Unusable("https://a!b.example/", .hostSyntax),
        Unusable("https://xn--a.example/", .hostSyntax),
        Unusable("https://xn--.example/", .hostSyntax),
        Unusable("https://xn--0.example/", .hostSyntax),
        Unusable("https://xn--a-ecp.example/", .hostSyntax),
        Unusable("https://xn--im6c.example/", .hostSyntax),
        Unusable("https://www.xn--BCHER-kva.xn--1/", .hostSyntax),
        Unusable("https://a,b.example/", .hostSyntax),
        Unusable("https://a;b.example/", .hostSyntax),
        Unusable("https://a'b.example/", .hostSyntax),
        Unusable("https://a\"b.example/", .hostSyntax),
        Unusable("https://<a>.example/", .hostSyntax),
        Unusable("https://a^b.example/", .hostSyntax),
        Unusable("https://a|b.example/", .hostSyntax),
        Unusable("https://*.example/", .hostSyntax),
        Unusable("https://a[b].example/", .hostSyntax),
        Unusable("https://\(String(repeating: "a", count: 64)).example/", .hostSyntax),
        Unusable("https://xn--\(String(repeating: "a", count: 60)).example/", .hostSyntax),
        Unusable("https://\(String(repeating: "a.", count: 128))/", .hostSyntax),
        Unusable("https://a.0x/", .ipv4Spelling),
        Unusable("https://127.0.0.256/", .ipv4Spelling),
        Unusable("https://256.1/", .ipv4Spelling),
        Unusable("https://1.2.3.08/", .ipv4Spelling),
        Unusable("https://1.16777216/", .ipv4Spelling),
        Unusable("https://4294967296/", .ipv4Spelling),
        Unusable("https://1..2/", .hostSyntax),
        Unusable("https://a%2Fb.example/", .hostSyntax),
        Unusable("https://a%00.example/", .controlByte),
        Unusable("https://a%20b.example/", .space),
        Unusable("https://a%.example/", .hostSyntax),
        Unusable("https://%2561.example/", .hostSyntax),
        Unusable("https://a%40b.example/", .hostSyntax),
        Unusable("https://%FF.example/", .hostSyntax),
        Unusable("https://a.example%5B/", .hostSyntax),
        Unusable("https:/\\a.example/", .backslash),
        Unusable("https://\\a.example/", .backslash),
        Unusable("https://a.example\\", .backslash),
        Unusable("https://1.2.3.4.5/", .ipv4Spelling),
        Unusable("https://evil.example.1/", .ipv4Spelling),
        Unusable("https://99999999999999999999/", .ipv4Spelling),
        Unusable("https://[::1/", .ipv6Syntax),
        Unusable("https://[]/", .ipv6Syntax),
        Unusable("https://[:1]/", .ipv6Syntax),
        Unusable("https://[1:]/", .ipv6Syntax),
        Unusable("https://[1::2::3]/", .ipv6Syntax),
        Unusable("https://[:::1]/", .ipv6Syntax),
        Unusable("https://[1:2:3:4:5:6:7]/", .ipv6Syntax),
        Unusable("https://[1:2:3:4:5:6:7:8:9]/", .ipv6Syntax),
        Unusable("https://[1:2:3:4:5:6:7:8::]/", .ipv6Syntax),
        Unusable("https://[12345::]/", .ipv6Syntax),
        Unusable("https://[g::]/", .ipv6Syntax),
        Unusable("https://[fe80::1%25eth0]/", .ipv6Syntax),
        Unusable("https://[1:2:3:4:5:6:7:192.0.2.1]/", .ipv6Syntax),
        Unusable("https://[::192.0.2.1:1]/", .ipv6Syntax),
        Unusable("https://[::192.0.2]/", .ipv6Syntax),
        Unusable("https://[::1]x/", .hostSyntax),
        Unusable("https://a.example:0/", .port),
        Unusable("https://a.example:65536/", .port),
        Unusable("https://a.example:99999999999999999999/", .port),
        Unusable("https://a.example:8o/", .port),
        Unusable("https://a.example:-1/", .port),
        Unusable("https://a.example:80:80/", .port),
        Unusable("https://[::1]:x/", .port),
        Unusable("https://a.example/\(String(repeating: "a", count: LinkLimits.targetBytesMax))", .tooLong),
    ]

    @Test(arguments: unusable)
    func isUnusable(_ row: Unusable) {
        #expect(throws: row.refusal) { _ = try read(Array(row.text.utf8)) }
    }

    @Test func theLongestHostsAreUsable() {
        let label = String(repeating: "a", count: 63)
        let name = "\(label).\(label).\(label).\(String(repeating: "a", count: 61))"
        #expect(name.utf8.count == 253)
        #expect(throws: Never.self) { _ = try read(Array("https://\(name)/".utf8)) }
        #expect(throws: TargetRefusal.hostSyntax) { _ = try read(Array("https://\(name)a/".utf8)) }
    }

    struct IPv6: CustomTestStringConvertible {
        var testDescription: String { text }
        var text: String
        var canonical: String
    }

    static let ipv6: [IPv6] = [
        IPv6(text: "::", canonical: "::"),
        IPv6(text: "::1", canonical: "::1"),
        IPv6(text: "1::", canonical: "1::"),
        IPv6(text: "1:2:3:4:5:6:7:8", canonical: "1:2:3:4:5:6:7:8"),
        IPv6(text: "0001:0:00:000:0000:06:7:8", canonical: "1::6:7:8"),
        IPv6(text: "1:0:0:2:0:0:0:3", canonical: "1:0:0:2::3"),
        IPv6(text: "1:0:0:2:3:0:0:4", canonical: "1::2:3:0:0:4"),
        IPv6(text: "1:0:2:3:4:5:6:7", canonical: "1:0:2:3:4:5:6:7"),
        IPv6(text: "0:0:1:2:3:4:0:0", canonical: "::1:2:3:4:0:0"),
        IPv6(text: "1:2:3:4:5:6:7::", canonical: "1:2:3:4:5:6:7:0"),
        IPv6(text: "::2:3:4:5:6:7:8", canonical: "0:2:3:4:5:6:7:8"),
        IPv6(text: "1:2:3:4:5:6:0:0", canonical: "1:2:3:4:5:6::"),
        IPv6(text: "1:2:3:4:5:6:192.0.2.1", canonical: "1:2:3:4:5:6:c000:201"),
        IPv6(text: "64:ff9b::192.0.2.255", canonical: "64:ff9b::c000:2ff"),
        IPv6(text: "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", canonical: "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
    ]

    @Test(arguments: ipv6)
    func anIPv6AddressIsWrittenAsBrowsersDo(_ row: IPv6) throws {
        let given = answer(target: "http://[\(row.text)]/", policy: try Sections.policy(.ask, hosts: []))
        #expect(given.host == "[\(row.canonical)]")
    }

    private func read(_ bytes: [UInt8]) throws -> (Target, [UInt8]) {
        var buffer = ByteBuffer(capacity: Target.maximumNormalisedCount(of: bytes.count))
        let target = try Target.read(bytes.span, into: &buffer)
        return (target, buffer.toArray())
    }
}
