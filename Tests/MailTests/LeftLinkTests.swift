import Mail
import Testing
import TrackingLinks

@Suite("A link that a tracking link can't stand for is left")
struct LeftLinkTests {
    private func verdict(_ href: String) throws -> LinkVerdict {
        let html = "<body>\(pixel)<a href=\"\(href)\">"
        let wrapped = try wrapper().wrap(html: Array(html.utf8))
        let verdict = try #require(wrapped.links.last).verdict
        #expect((text(wrapped.render()) == html) == (verdict != .wrap))
        return verdict
    }

    @Test(arguments: [
        ("https://ann@a.example/", TargetRefusal.userInfo), ("https://a.example\\@b.example/", .backslash),
        ("https:\\\\a.example", .backslash), ("https://a.example:0/", .port), ("https://a.example:65536", .port),
        ("https:///", .emptyHost), ("https://a..example/", .hostSyntax), ("https://1.2.3.999/", .ipv4Spelling),
        ("https://[::1/", .ipv6Syntax), ("https://ann@a.example/{{x}}", .userInfo),
        ("https://a.example:0/?{{#if x}}a{{/if}}", .port), ("https://a.example/&#1;x", .controlByte),
        ("https://a.example/" + String(repeating: "x", count: 8_175), .tooLong),
    ])
    func whatWouldBeRefused(_ href: String, _ refusal: TargetRefusal) throws {
        #expect(try verdict(href) == .unusable(refusal))
    }

    @Test(arguments: [
        "https://a.example/" + String(repeating: "x", count: 8_174), "https:a.example", "https://a.example{{x}}",
        "https://{{user}}@a.example/", "HTTPS://A.EXAMPLE:443", "https://xn--bcher-kva.example/",
        "https://a.example/ x",
        "https://a.example/&middot;", "https://a.example/?a=1&b;c=2&ndash=3",
        "https://a.example/{{ x | a: \"&foo;\" }}",
        "https://a.example/?a&COPY;&REG", "https://a.example/?&#x2013;",
    ])
    func whatIsWrapped(_ href: String) throws {
        // `&b;` is a name that nobody knows: it can't be told from one that a browser does.
        let expected: LinkVerdict = href.contains("&b;") ? .unknownReference(name: "b") : .wrap
        #expect(try verdict(href) == expected)
    }

    @Test("A link to unsubscribe with by this server is left, on whatever host")
    func unsubscribing() throws {
        for host in ["trem.example.com", "other.example"] {
            let href = "https://\(host)/tremunsub?cuid={{ email_encoded }}&amp;sec=1&amp;tsig={{ x }}"
            #expect(try verdict(href) == .leave(pattern: "tremunsub"))
        }
    }

    @Test(arguments: [
        ("https://a.example/&ndash;", "ndash"), ("https://a.example/{{x}}&Hopf;", "Hopf"),
        ("https://ann@a.example/&phi;", "phi"), ("&nLtv;https://a.example/", ""),
    ])
    func anUnknownReference(_ href: String, _ name: String) throws {
        #expect(try verdict(href) == (name.isEmpty ? .relative : .unknownReference(name: name)))
    }

    @Test func aPayloadsLinksAreJudgedToo() throws {
        let json = "{\"url\":\"https://ann@a.example/\",\"link\":\"https://a.example/&ndash;\"}"
        let wrapped = try wrapper().wrap(json: Array(json.utf8), selection: PayloadSelection())
        #expect(wrapped.links.map(\.verdict) == [.unusable(.userInfo), .wrap])
    }

    @Test func aSurveyCallsThemLinksAllTheSame() throws {
        let mail = try MailSurvey().survey(Array("<a href='https://ann@a.example/&ndash;'>".utf8))
        let links = mail.parts.flatMap(\.links)
        #expect(links.map(\.verdict) == [.wrap])
    }
}
